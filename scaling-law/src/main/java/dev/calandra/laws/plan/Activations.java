package dev.calandra.laws.plan;

import dev.calandra.configs.ModelConfig;
import dev.calandra.configs.PretrainConfig;
import dev.calandra.configs.Recipe;

/**
 * Bytes for each token of a pass that the forward pass keeps for the backward pass, and that the largest block works with besides.
 * With balanced experts; rows of a token that travel to several ranks are counted where they arrive.
 *
 * @param keptByLayers by all layers when each keeps what it needs
 * @param keptInputs by all layers when each keeps only its input and is computed again
 * @param largestLayer kept by the largest layer alone
 * @param outside kept outside the layers: embedding, final norms, heads, MTP joints
 * @param working written and freed again within the backward pass of the largest block
 */
public record Activations(double keptByLayers, double keptInputs, double largestLayer, double outside, double working) {
    private static final double F32 = 4;
    private static final double TILE = 128;
    /** A code and its share of a tile's scale. */
    private static final double FP8 = 1 + F32 / TILE;

    private static final double BF16 = 2;
    /** Indices and weights of one choice: source, slot, choice, expert; weight twice. */
    private static final double CHOICE = 6 * F32;

    /** Prices a config. */
    public static Activations of(PretrainConfig config) {
        ModelConfig model = config.model();
        Recipe recipe = config.precision().recipe();
        double attention = attention(model, recipe);
        double dense = attention + network(model.intermediateSize(), recipe);
        double experts = attention + experts(model, recipe);
        int mtp = model.numNextnPredictLayers();
        int denseLayers = model.firstKDenseReplace();
        int expertLayers = model.numHiddenLayers() - denseLayers + mtp;
        double width = F32 * model.hiddenSize();
        // Two inputs, two row norms, both side by side, and the joint's output are kept for each MTP layer.
        double joint = 5 * width;
        // The last stream value, its norm, and the gradient that comes with the loss.
        double head = 3 * width;
        return new Activations(
                denseLayers * dense + expertLayers * experts,
                (denseLayers + expertLayers) * width,
                Math.max(denseLayers > 0 ? dense : 0, expertLayers > 0 ? experts : 0),
                head * (1 + mtp) + joint * mtp,
                working(model, recipe));
    }

    /** Bytes for each token at the peak of a pass. */
    public double peak(boolean recompute) {
        return outside + working + (recompute ? keptInputs + largestLayer : keptByLayers);
    }

    /** Both stream values with their norms, projection, answers, log-sum-exp, and the answers as the output projection reads them. */
    private static double attention(ModelConfig model, Recipe recipe) {
        return 2 * F32 * (model.hiddenSize() + 1)
                + F32 * (model.qkvWidth() + model.queryWidth() + model.numAttentionHeads())
                + columns(recipe, true) * model.queryWidth();
    }

    /** Gate, up, and their product as the down projection reads it. */
    private static double network(int width, Recipe recipe) {
        return width * (2 * F32 + columns(recipe, false));
    }

    private static double experts(ModelConfig model, Recipe recipe) {
        return network(model.sharedIntermediateSize(), recipe)
                + model.numExpertsPerTok() * (network(model.moeIntermediateSize(), recipe) + CHOICE)
                + F32 * model.numExperts();
    }

    /** @param kept whether the F32 values are kept anyway */
    private static double columns(Recipe recipe, boolean kept) {
        return switch (recipe) {
            case FP8_BLOCKWISE -> FP8;
            case BF16 -> BF16;
            case FP32 -> kept ? 0 : F32;
        };
    }

    /** Backward through the routed experts: gradients of their rows, of gate and up, and those encoded; and two stream gradients. */
    private static double working(ModelConfig model, Recipe recipe) {
        double encoded = recipe == Recipe.FP32 ? 0 : 2 * columns(recipe, false);
        double expertRows = model.numExpertsPerTok()
                * (F32 * model.hiddenSize() + model.moeIntermediateSize() * (2 * F32 + 2 * encoded));
        double dense = model.intermediateSize() * (2 * F32 + 2 * encoded);
        return 3 * F32 * model.hiddenSize() + Math.max(expertRows, dense);
    }
}
