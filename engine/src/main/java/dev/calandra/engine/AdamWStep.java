package dev.calandra.engine;

/**
 * One AdamW step (Loshchilov & Hutter, arXiv 1711.05101, algorithm 2, as PyTorch computes it).
 *
 * @param learningRate of this step
 * @param weightDecay decoupled; 0 for tensors that are not decayed
 * @param step counted from 1, for the bias corrections
 * @param gradientScale what gradients are multiplied by first (clipping)
 */
public record AdamWStep(
        double learningRate,
        double beta1,
        double beta2,
        double epsilon,
        double weightDecay,
        long step,
        double gradientScale) {

    public AdamWStep {
        if (step < 1) {
            throw new IllegalArgumentException("steps are counted from 1, got " + step);
        }
    }
}
