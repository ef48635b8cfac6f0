package dev.calandra.trainer.evaluation;

import dev.calandra.configs.PretrainConfig;
import dev.calandra.configs.SourceConfig;
import dev.calandra.data.HeldOutWindows;
import dev.calandra.data.PackedSequence;
import dev.calandra.data.Tokenizer;
import dev.calandra.engine.collective.Communicator;
import dev.calandra.engine.collective.Reduction;
import dev.calandra.engine.collective.SingleRank;
import dev.calandra.trainer.model.LingModel;
import dev.calandra.trainer.model.Losses;
import dev.calandra.trainer.model.TokenBatch;
import dev.calandra.trainer.optimizer.ExpertBias;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Scores a model on the held-out documents of every source of a config, in the order of the config. Every evaluation reads
 * the same windows, so the same model gets the same score, bit for bit.
 */
public final class Evaluator implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Evaluator.class);

    /** Numbers of a pass: loss, targets, bytes. */
    private static final int SCORE = 3;

    private final List<HeldOutWindows> sources = new ArrayList<>();
    private final int sequence;
    private final int perPass;
    private final int mtpDepth;

    /**
     * @param tokenizer the config's; not used after the constructor
     * @throws dev.calandra.configs.DataException when a source is missing, belongs to another tokenizer, or bytes per token
     *     are not defined
     */
    public Evaluator(PretrainConfig config, Tokenizer tokenizer) {
        this.sequence = config.data().sequenceLength();
        this.perPass = config.run().sequencesPerPass();
        this.mtpDepth = config.model().numNextnPredictLayers();
        try {
            for (SourceConfig source : config.data().sources()) {
                sources.add(HeldOutWindows.open(
                        source,
                        tokenizer,
                        sequence,
                        mtpDepth + 1,
                        config.run().evaluateSequences(),
                        config.data().cache()));
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /** One score per source; a source whose held-out documents are shorter than one window has none, which is logged. */
    public HeldOutScores evaluate(LingModel model) {
        try (Communicator alone = new SingleRank()) {
            return evaluate(model, alone);
        }
    }

    /** The same by several ranks, which share the windows out among them; every rank gets the scores of one, bit for bit. */
    public HeldOutScores evaluate(LingModel model, Communicator ranks) {
        ExpertChoices choices = choicesOf(model);
        List<SourceScore> scores = sources.stream()
                .map(source -> score(model, ranks, source, choices))
                .flatMap(Optional::stream)
                .toList();
        Map<String, Double> maxViolation = new LinkedHashMap<>();
        for (int layer = 0; layer < choices.counts().length; layer++) {
            long[] load = ranks.allReduce(choices.counts()[layer], Reduction.SUM);
            maxViolation.put(model.expertLayers().get(layer), ExpertBias.imbalance(load));
        }
        return new HeldOutScores(scores, maxViolation);
    }

    /** Without the layers of MTP, which an evaluation does not pass through. */
    private ExpertChoices choicesOf(LingModel model) {
        return new ExpertChoices(
                model.expertLayers().size() - mtpDepth, model.config().numExperts());
    }

    private Optional<SourceScore> score(
            LingModel model, Communicator ranks, HeldOutWindows source, ExpertChoices choices) {
        int passes = (source.size() + perPass - 1) / perPass;
        double[] scores = new double[passes * SCORE];
        for (int first = 0; first < passes; first += ranks.size()) {
            // All ranks pass through the model as often, for their experts serve each other; a pass too many does not
            // count.
            int pass = Math.min(first + ranks.rank(), passes - 1);
            ExpertChoices own = choicesOf(model);
            double[] score = score(model, source, pass, own);
            if (first + ranks.rank() < passes) {
                choices.add(own);
                System.arraycopy(score, 0, scores, pass * SCORE, SCORE);
            }
        }
        double[] all = ranks.allReduce(scores, Reduction.SUM);
        double[] total = new double[SCORE];
        for (int i = 0; i < all.length; i++) {
            total[i % SCORE] += all[i];
        }
        long bytes = (long) total[2];
        if (bytes == 0) {
            LOG.warn(
                    "{} has no score: its held-out documents do not fill one window of {} tokens; tokenize more of them",
                    source.source(),
                    sequence);
            return Optional.empty();
        }
        return Optional.of(new SourceScore(source.source(), total[0], (long) total[1], bytes));
    }

    /** Loss, targets and bytes of a pass. */
    private double[] score(LingModel model, HeldOutWindows source, int pass, ExpertChoices choices) {
        int from = pass * perPass;
        List<PackedSequence> windows = IntStream.range(from, Math.min(source.size(), from + perPass))
                .mapToObj(source::window)
                .toList();
        Losses losses = model.evaluate(TokenBatch.of(windows, sequence, mtpDepth), choices);
        long bytes = windows.stream().mapToLong(source::targetBytes).sum();
        return new double[] {losses.main(), losses.mainTokens(), bytes};
    }

    @Override
    public void close() {
        sources.forEach(HeldOutWindows::close);
    }
}
