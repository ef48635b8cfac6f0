package dev.calandra.trainer.optimizer;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * Watches how evenly the tokens of a run fall on the experts of each layer (Wang et al., arXiv 2408.15664, 4: maximal
 * violation, (largest - mean) / mean load). Over one batch it is chance for a good part, when a batch has few tokens for each
 * expert; so it is stated over the latest steps together, too, as the paper states it over a whole set of documents.
 */
public final class ExpertBalance {

    private final int window;
    private final Map<String, Deque<long[]>> latest = new HashMap<>();

    /** @param window steps that are looked at together; after a resumption they are counted anew */
    public ExpertBalance(int window) {
        this.window = window;
    }

    /**
     * What one layer shows.
     *
     * @param batch violation of the step
     * @param window violation of the latest steps together
     * @param entropy of the step's load as a share of an even one's: 1 is even, 0 is one expert for all
     * @param tokensPerRank choices of the step that fell on the experts of each rank of an expert group
     * @param tokensPerExpert choices of the step that fell on each expert
     * @param sequenceLoss mean balance loss of the step's sequences, 1 when even; empty where that loss is left out
     * @param routerZLoss mean z-loss of the step's tokens; likewise
     */
    public record Layer(
            double batch,
            double window,
            double entropy,
            List<Long> tokensPerRank,
            List<Long> tokensPerExpert,
            OptionalDouble sequenceLoss,
            OptionalDouble routerZLoss) {

        public Layer {
            tokensPerRank = List.copyOf(tokensPerRank);
            tokensPerExpert = List.copyOf(tokensPerExpert);
        }

        /** The same with the losses of the layer's router. */
        public Layer with(OptionalDouble sequenceMean, OptionalDouble routerZMean) {
            return new Layer(batch, window, entropy, tokensPerRank, tokensPerExpert, sequenceMean, routerZMean);
        }
    }

    /**
     * Takes the load of a step into account.
     *
     * @param layer its name
     * @param load choices that fell on each expert, on all ranks
     * @param ranks that share the experts out among them
     */
    public Layer observe(String layer, long[] load, int ranks) {
        Deque<long[]> steps = latest.computeIfAbsent(layer, name -> new ArrayDeque<>());
        steps.addLast(load.clone());
        if (steps.size() > window) {
            steps.removeFirst();
        }
        long[] together = new long[load.length];
        for (long[] step : steps) {
            for (int e = 0; e < together.length; e++) {
                together[e] += step[e];
            }
        }
        List<Long> perRank = new ArrayList<>();
        int share = load.length / ranks;
        for (int r = 0; r < ranks; r++) {
            perRank.add(Arrays.stream(load, r * share, (r + 1) * share).sum());
        }
        return new Layer(
                ExpertBias.imbalance(load),
                ExpertBias.imbalance(together),
                entropy(load),
                perRank,
                Arrays.stream(load).boxed().toList(),
                OptionalDouble.empty(),
                OptionalDouble.empty());
    }

    /** -sum p·log p / log E; 1 without any load, where nothing is uneven. */
    static double entropy(long... load) {
        double total = Arrays.stream(load).sum();
        if (total == 0 || load.length == 1) {
            return 1;
        }
        double entropy = 0;
        for (long l : load) {
            if (l > 0) {
                entropy -= l / total * Math.log(l / total);
            }
        }
        return entropy / Math.log(load.length);
    }
}
