package dev.calandra.laws.plan;

import dev.calandra.configs.ModelConfig;
import dev.calandra.configs.ParallelConfig;
import dev.calandra.configs.PretrainConfig;

/**
 * Bytes that one rank sends in one optimizer step, with collectives that send each byte as rarely as can be (rings): a sum over n
 * ranks of which each keeps its share sends (n - 1) / n of the bytes, and so does handing the shares out again.
 *
 * @param gradients summed, each rank keeping the rows it moves
 * @param weights moved rows handed out again
 * @param dispatch activations to the experts and gradients back from them, and answers and their gradients; every choice of a
 *     token counted by itself, with balanced experts
 */
public record Traffic(double gradients, double weights, double dispatch) {
    private static final double F32 = 4;
    private static final double FP8 = 1 + F32 / 128;

    /** Prices a config on one rank of a layout. */
    public static Traffic of(PretrainConfig config, Layout layout) {
        ModelConfig model = config.model();
        layout.requireFits(model);
        HeldParameters held = HeldParameters.of(model);
        double rows = F32
                * (held.everywhere() * others(layout.ranks())
                        + (double) held.routed() / layout.expert() * others(layout.expertReplicas()));
        double there = config.parallel().dispatch() == ParallelConfig.Dispatch.FP8 ? FP8 : F32;
        long layers = model.numHiddenLayers() - model.firstKDenseReplace() + model.numNextnPredictLayers();
        double choices = (double) config.tokensPerStep() / layout.ranks() * model.numExpertsPerTok();
        // Forward: rows there, answers back. Backward: the answers' gradients there, the rows' gradients back.
        double perChoice = model.hiddenSize() * 2 * (there + F32);
        return new Traffic(rows, rows, layers * choices * others(layout.expert()) * perChoice);
    }

    /** All of it. */
    public double total() {
        return gradients + weights + dispatch;
    }

    private static double others(int ranks) {
        return (ranks - 1.0) / ranks;
    }
}
