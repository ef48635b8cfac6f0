package dev.calandra.trainer.parity;

import dev.calandra.configs.Recipe;

/**
 * How far from the expected values a recipe may be. The expected values are FP32, with products in FP64.
 *
 * @param loss absolute
 * @param activations relative L2 of hidden states and logits
 * @param gradient relative L2 of each tensor's gradient
 * @param allGradients relative L2 of all gradients as one vector
 * @param indices share of routing choices that may differ
 * @param trajectoryLoss absolute, any step
 * @param gradientNorm relative, any step
 * @param weights relative L2 after the last step
 */
public record Limits(
        double loss,
        double activations,
        double gradient,
        double allGradients,
        double indices,
        double trajectoryLoss,
        double gradientNorm,
        double weights) {

    /**
     * FP32 differs from the expected values by the order of its sums only. The other recipes round operands on purpose,
     * and a score that the rounding moves past another sends its token to another expert: there the gradient of a single
     * expert may be anything, and only all gradients together are held to a limit. Their limits find a wrong formula, not
     * a lost digit: they leave room around what small models show. On the golden one FP8 has a loss off by 6e-3 (2.6e-2 within 20
     * steps), logits by 7e-2, gradients by 0.11, weights after 20 steps by up to 6e-2; BF16 a loss off by 3e-4 (5e-3),
     * logits by 3e-3, gradients by 4e-3, weights by up to 2.4e-2.
     */
    public static Limits of(Recipe recipe) {
        double none = Double.POSITIVE_INFINITY;
        return switch (recipe) {
            case FP32 -> new Limits(1e-5, 2e-5, 1e-4, 1e-4, 0, 2e-4, 1e-3, 1e-3);
            case BF16 -> new Limits(2e-2, 3e-2, none, 5e-2, 0.05, 5e-2, 3e-2, 0.1);
            case FP8_BLOCKWISE -> new Limits(5e-2, 0.2, none, 0.4, 0.25, 0.15, 0.2, 0.25);
        };
    }
}
