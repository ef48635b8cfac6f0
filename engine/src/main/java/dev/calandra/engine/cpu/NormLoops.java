package dev.calandra.engine.cpu;

/** RMSNorm and its way back over rows, and over the heads of a token; compiled each by itself, see {@link SoftMaxLoops}. */
final class NormLoops {

    private NormLoops() {}

    /** Normalises rows of x into y, and keeps 1 / sqrt(mean(x²) + eps) of each. */
    static void forward(long x, long w, float eps, long y, long rstd, int rows, int width) {
        for (int r = 0; r < rows; r++) {
            long at = 4L * r * width;
            float inverse = NormRow.inverseRoot(x + at, width, eps);
            Lanes.set(rstd + 4L * r, inverse);
            NormRow.scale(x + at, w, inverse, y + at, width);
        }
    }

    /** With g = dy·w: dx = rstd·g - x·rstd³·mean(g·x); dw += dy·x·rstd. */
    static void backward(long dy, long x, long w, long rstd, long dx, long dw, int rows, int width) {
        for (int r = 0; r < rows; r++) {
            long at = 4L * r * width;
            float inverse = Lanes.get(rstd + 4L * r);
            float correction = NormRow.correction(dy + at, w, x + at, inverse, width);
            NormRow.addWeightGradient(dy + at, x + at, inverse, dw, width);
            NormRow.inputGradient(dy + at, x + at, w, inverse, correction, dx + at, width);
        }
    }

    /** As {@link #backward}, adding to dx. */
    static void addBackward(long dy, long x, long w, long rstd, long dx, long dw, int rows, int width) {
        for (int r = 0; r < rows; r++) {
            long at = 4L * r * width;
            float inverse = Lanes.get(rstd + 4L * r);
            float correction = NormRow.correction(dy + at, w, x + at, inverse, width);
            NormRow.addWeightGradient(dy + at, x + at, inverse, dw, width);
            NormRow.addInputGradient(dy + at, x + at, w, inverse, correction, dx + at, width);
        }
    }

    /** Neighbouring heads of width c at x, normalised and rotated, to places that lie a stride of bytes apart. */
    static void heads(long x, int heads, int c, long w, float eps, long cos, long sin, int half, long to, long stride) {
        for (int h = 0; h < heads; h++) {
            long from = x + 4L * h * c;
            long out = to + h * stride;
            NormRow.scale(from, w, NormRow.inverseRoot(from, c, eps), out, c);
            NormRow.rotate(out, cos, sin, half, 1f);
        }
    }

    /**
     * The way back of {@link #heads}: gradients dx of x from those at dy, which lie a stride of bytes apart; dw is added to.
     *
     * @param row room for c floats
     */
    static void headsBackward(
            long dy,
            long stride,
            long x,
            int heads,
            int c,
            long w,
            float eps,
            long cos,
            long sin,
            int half,
            long dx,
            long dw,
            long row) {
        for (int h = 0; h < heads; h++) {
            long at = 4L * h * c;
            Lanes.copyFloats(dy + h * stride, row, c);
            NormRow.rotate(row, cos, sin, half, -1f);
            float rstd = NormRow.inverseRoot(x + at, c, eps);
            float correction = NormRow.correction(row, w, x + at, rstd, c);
            NormRow.addWeightGradient(row, x + at, rstd, dw, c);
            NormRow.inputGradient(row, x + at, w, rstd, correction, dx + at, c);
        }
    }
}
