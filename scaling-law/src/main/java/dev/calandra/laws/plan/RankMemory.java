package dev.calandra.laws.plan;

import dev.calandra.configs.ModelConfig;
import dev.calandra.configs.PretrainConfig;

/**
 * Bytes of tensors on one rank, by part. The Java heap, batches, and what BLAS libraries pack for themselves come on top.
 *
 * @param weights F32
 * @param encodedWeights what the products of the recipe read instead: E4M3 codes with their scales, or BF16
 * @param gradients F32
 * @param moments both of AdamW, F32, of the rows that this rank moves
 * @param messages in which gradients travel beside a pass: the largest of those of all ranks, and of those of experts' replicas, F32, with
 *     this rank's part of it and room for the parts of the others; rows on their way to experts are not counted
 * @param activations at the peak of a pass
 * @param recomputedActivations likewise with {@code run.recompute_layers}
 * @param tokensPerPass tokens of one pass on this rank
 */
public record RankMemory(
        double weights,
        double encodedWeights,
        double gradients,
        double moments,
        double messages,
        double activations,
        double recomputedActivations,
        long tokensPerPass) {
    private static final double F32 = 4;
    private static final double BF16 = 2;
    private static final double BLOCK = 128 * 128;
    private static final double SMALLER_ONES = 1L << 20;

    /** Prices a config on one rank of a layout. */
    public static RankMemory of(PretrainConfig config, Layout layout) {
        layout.requireFits(config.model());
        HeldParameters held = HeldParameters.of(config.model());
        double perCode = switch (config.precision().recipe()) {
            case FP8_BLOCKWISE -> 1 + F32 / BLOCK;
            case BF16 -> BF16;
            case FP32 -> 0;
        };
        Activations perToken = Activations.of(config);
        long sequences = Math.max(1, config.sequencesPerPass(layout.ranks()));
        long tokens = sequences * config.data().sequenceLength();
        return new RankMemory(
                F32 * held.perRank(layout),
                perCode * held.encodedPerRank(layout),
                F32 * gradients(config, layout, held),
                2 * F32 * ((double) held.everywhere() + held.routed()) / layout.ranks(),
                F32
                        * (message(largestShared(config.model()), layout.ranks())
                                + message(largestOfExperts(config.model(), layout), layout.expertReplicas())),
                tokens * perToken.peak(false),
                tokens * perToken.peak(true),
                tokens);
    }

    /**
     * Elements: one sum, or with {@code parallel.reproducible_ranks} one for each level of the tree in which the rank's parts are
     * added, of experts for each rank whose tokens they read.
     */
    private static double gradients(PretrainConfig config, Layout layout, HeldParameters held) {
        int parts = config.parallel().reproducibleRanks();
        if (parts == 1) {
            return held.perRank(layout);
        }
        int here = Math.max(1, parts / layout.ranks());
        int levels = 1 + Integer.SIZE - Integer.numberOfLeadingZeros(here - 1);
        return levels * ((double) held.everywhere() + held.routed());
    }

    /** Elements of one tensor, behind smaller ones that did not fill a message: sent by owner, own part, and as many again arriving. */
    private static double message(double largest, int holders) {
        return holders == 1 ? 0 : (largest + SMALLER_ONES) * (2 + 1.0 / holders);
    }

    private static double largestShared(ModelConfig model) {
        long widest = Math.max(model.vocabSize(), Math.max(2L * model.intermediateSize(), model.qkvWidth()));
        return (double) widest * model.hiddenSize();
    }

    /** Gate and up of a layer's experts are one tensor. */
    private static double largestOfExperts(ModelConfig model, Layout layout) {
        return 2.0 * model.numExperts() / layout.expert() * model.moeIntermediateSize() * model.hiddenSize();
    }

    /** Everything but activations. */
    public double state() {
        return weights + encodedWeights + gradients + moments + messages;
    }

    /** The peak. */
    public double total(boolean recompute) {
        return state() + (recompute ? recomputedActivations : activations);
    }
}
