package dev.calandra.laws.plan;

import dev.calandra.configs.ModelConfig;
import dev.calandra.configs.ParallelConfig;
import dev.calandra.configs.PretrainConfig;
import dev.calandra.configs.Recipe;

/**
 * Bytes that one rank sends in one optimizer step, with collectives that send each byte as rarely as can be (rings): a sum over n
 * ranks of which each keeps its share sends (n - 1) / n of the bytes, and so does handing the shares out again. Experts are
 * balanced; a layer that is recomputed sends its forward rows twice.
 *
 * @param gradients summed, each rank keeping the rows it moves
 * @param weights moved rows handed out again
 * @param dispatch tokens to the ranks that hold their experts, once to each, and the gradients of their answers likewise
 * @param combine answers of each choice, and gradients of the rows it has read
 * @param indices of each choice: its place, its weight, and the gradient of that
 */
public record Traffic(double gradients, double weights, double dispatch, double combine, double indices) {
    private static final double F32 = 4;
    private static final double BF16 = 2;
    private static final int TILE = 128;
    private static final double BLOCK = 128 * 128;

    /** Prices a config on one rank of a layout. */
    public static Traffic of(PretrainConfig config, Layout layout) {
        ModelConfig model = config.model();
        layout.requireFits(model);
        HeldParameters held = HeldParameters.of(model);
        double routed = (double) held.routed() / layout.expert() * others(layout.expertReplicas());
        double everywhere = others(layout.ranks());
        boolean coded = config.parallel().gatherWeights() == ParallelConfig.Gather.FP8
                && config.precision().recipe() == Recipe.FP8_BLOCKWISE;
        // A code, and its share of a block's largest magnitude: agreed on by a sum of all ranks, there and back.
        double perCoded = coded ? 1 + 2 * F32 / BLOCK : F32;
        double weights = perCoded * (routed + held.encodedEverywhere() * everywhere)
                + F32 * (held.everywhere() - held.encodedEverywhere()) * everywhere;
        double perLayer = (double) config.tokensPerStep() / layout.ranks();
        double passes = expertLayers(model) * perLayer;
        int forwards = config.run().recomputeLayers() ? 2 : 1;
        double visits = Visits.others(model, layout.expert());
        double choices = model.numExpertsPerTok() * others(layout.expert());
        return new Traffic(
                F32 * (held.everywhere() * everywhere + routed),
                weights,
                passes * (forwards + 1) * visits * dispatchedRow(config),
                passes * (forwards + 1) * choices * combinedRow(config),
                passes * (2 * forwards + 1) * choices * F32);
    }

    /** Layers with experts, MTP's included. */
    static int expertLayers(ModelConfig model) {
        return model.numHiddenLayers() - model.firstKDenseReplace() + model.numNextnPredictLayers();
    }

    private static double dispatchedRow(PretrainConfig config) {
        int width = config.model().hiddenSize();
        return switch (config.parallel().dispatch()) {
            case F32 -> F32 * width;
            case FP8 -> width + F32 * Math.ceilDiv(width, TILE);
        };
    }

    private static double combinedRow(PretrainConfig config) {
        return config.model().hiddenSize()
                * switch (config.parallel().combine()) {
                    case F32 -> F32;
                    case BF16 -> BF16;
                };
    }

    /** All that goes to and from experts. */
    public double exchange() {
        return dispatch + combine + indices;
    }

    /** All of it. */
    public double total() {
        return gradients + weights + exchange();
    }

    private static double others(int ranks) {
        return (ranks - 1.0) / ranks;
    }
}
