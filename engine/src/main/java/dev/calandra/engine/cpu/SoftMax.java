package dev.calandra.engine.cpu;

/** A numerically safe softmax over part of a row; the rest of the row is zero afterwards. */
final class SoftMax {

    private SoftMax() {}

    /** row[from..to) = e^(scale·row - max), zero in the rest of the row; returns the sum. */
    static float exponentials(long row, int from, int to, int width, float scale, float max) {
        int whole = from + (to - from) / Lanes.N * Lanes.N;
        float total = SoftMaxLoops.exponentials(row, from, whole, scale, max);
        if (whole < to) {
            total += SoftMaxLoops.lastExponentials(row + 4L * whole, to - whole, scale, max);
        }
        zeroOutside(row, from, to, width);
        return total;
    }

    /**
     * Scores become probabilities p = e^(scale·score - logSumExp), and gradients dp of probabilities become those of the
     * scores, scale·p·(dp - delta), from from to to; both are zero in the rest of the row.
     */
    static void backward(long scores, long dp, int from, int to, int width, float scale, float logSumExp, float delta) {
        int whole = from + (to - from) / Lanes.N * Lanes.N;
        SoftMaxLoops.backward(scores, dp, from, whole, scale, logSumExp, delta);
        if (whole < to) {
            long at = 4L * whole;
            SoftMaxLoops.lastBackward(scores + at, dp + at, to - whole, scale, logSumExp, delta);
        }
        zeroOutside(scores, from, to, width);
        zeroOutside(dp, from, to, width);
    }

    private static void zeroOutside(long row, int from, int to, int width) {
        SoftMaxLoops.zero(row, 0, from);
        SoftMaxLoops.zero(row, to, width);
    }
}
