package dev.calandra.engine.recipe;

/**
 * How faithful one operand's FP8 encoding was (Ling 2.0, arXiv 2510.22115, 5.1: underflow and distortion).
 *
 * @param layer name of the layer's weight
 * @param nonZero values that were not zero before the encoding
 * @param underflowShare share of those that became zero
 * @param saturationShare share of those that stand at the format's largest code
 * @param cosine between the values and what their codes decode to; 1 where all values are zero
 */
public record OperandHealth(
        String layer, Signal signal, long nonZero, double underflowShare, double saturationShare, double cosine) {

    /** From the sums that {@code Kernels.quantisationHealth} writes. */
    static OperandHealth of(String layer, Signal signal, double[] sums) {
        double nonZero = Math.max(1, sums[0]);
        double norms = Math.sqrt(sums[4]) * Math.sqrt(sums[5]);
        double cosine = norms == 0 ? (sums[0] == 0 ? 1 : 0) : sums[3] / norms;
        return new OperandHealth(layer, signal, (long) sums[0], sums[1] / nonZero, sums[2] / nonZero, cosine);
    }
}
