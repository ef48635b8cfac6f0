package dev.calandra.trainer.model;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;

/**
 * Losses of one or several passes.
 *
 * @param heads main head first, then one for each MTP depth; an evaluation has the main head only
 * @param tokenLosses loss of the main head at each token of an evaluated batch, 0 where there is no target; empty after
 *     training passes and sums of passes
 */
public record Losses(List<HeadLoss> heads, float[] tokenLosses) {

    /** The losses of no pass. */
    public static final Losses ZERO = new Losses(List.of(HeadLoss.ZERO));

    public Losses {
        heads = List.copyOf(heads);
    }

    Losses(List<HeadLoss> heads) {
        this(heads, new float[0]);
    }

    /** Sum of the main head's losses, in nats. */
    public double main() {
        return heads.getFirst().sum();
    }

    /** Tokens with a target for the main head. */
    public long mainTokens() {
        return heads.getFirst().tokens();
    }

    /** Nats per token of the main head. */
    public double mainMean() {
        return heads.getFirst().mean();
    }

    /** Sum of the MTP heads' losses over all depths. */
    public double mtp() {
        return heads.stream().skip(1).mapToDouble(HeadLoss::sum).sum();
    }

    /** Tokens with a target, summed over all MTP depths. */
    public long mtpTokens() {
        return heads.stream().skip(1).mapToLong(HeadLoss::tokens).sum();
    }

    /** Nats per token of an MTP head, averaged over depths; 0 without MTP. */
    public double mtpMean() {
        return heads.stream().skip(1).mapToDouble(HeadLoss::mean).average().orElse(0);
    }

    /**
     * What training minimises: the main loss plus the weighted mean MTP loss.
     *
     * @param mtpLossScalingFactor weight of the MTP loss
     */
    public double objective(double mtpLossScalingFactor) {
        return mainMean() + mtpLossScalingFactor * mtpMean();
    }

    /** The losses of both passes together. */
    public Losses plus(Losses other) {
        List<HeadLoss> sums = new ArrayList<>();
        for (int i = 0; i < Math.max(heads.size(), other.heads.size()); i++) {
            sums.add(head(i).plus(other.head(i)));
        }
        return new Losses(sums);
    }

    /**
     * The losses of all parts of a step, added in the order of the parts.
     *
     * @param own of the parts of this rank, at least one
     * @param first number of the first of them
     * @param parts of all ranks
     * @param sum sums arrays of numbers over the ranks
     */
    public static Losses sum(List<Losses> own, int first, int parts, UnaryOperator<double[]> sum) {
        int heads = own.getFirst().heads.size();
        double[] numbers = new double[parts * heads * 2];
        int at = first * heads * 2;
        for (Losses losses : own) {
            for (HeadLoss head : losses.heads) {
                numbers[at++] = head.sum();
                numbers[at++] = head.tokens();
            }
        }
        double[] all = sum.apply(numbers);
        return new Losses(IntStream.range(0, heads)
                .mapToObj(head -> IntStream.range(0, parts)
                        .map(part -> (part * heads + head) * 2)
                        .mapToObj(i -> new HeadLoss(all[i], (long) all[i + 1]))
                        .reduce(HeadLoss.ZERO, HeadLoss::plus))
                .toList());
    }

    private HeadLoss head(int i) {
        return i < heads.size() ? heads.get(i) : HeadLoss.ZERO;
    }
}
