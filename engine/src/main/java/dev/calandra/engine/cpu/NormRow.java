package dev.calandra.engine.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** RMSNorm of a row and its way back, and the rotation of a head: the bodies of {@link NormLoops}, inlined there. */
final class NormRow {

    private NormRow() {}

    /** 1 / sqrt(mean(x²) + eps). */
    static float inverseRoot(long x, int width, float eps) {
        FloatVector sum = FloatVector.zero(Lanes.F);
        int i = 0;
        for (; i <= width - Lanes.N; i += Lanes.N) {
            FloatVector v = Lanes.load(x + 4L * i);
            sum = v.fma(v, sum);
        }
        if (i < width) {
            FloatVector v = Lanes.load(x + 4L * i, Lanes.below(i, width));
            sum = v.fma(v, sum);
        }
        return (float) (1 / Math.sqrt((double) Lanes.sum(sum) / width + eps));
    }

    /** y = x·factor·w. */
    static void scale(long x, long w, float factor, long y, int width) {
        int i = 0;
        for (; i <= width - Lanes.N; i += Lanes.N) {
            Lanes.store(Lanes.load(x + 4L * i).mul(factor).mul(Lanes.load(w + 4L * i)), y + 4L * i);
        }
        if (i < width) {
            VectorMask<Float> mask = Lanes.below(i, width);
            Lanes.store(Lanes.load(x + 4L * i, mask).mul(factor).mul(Lanes.load(w + 4L * i, mask)), y + 4L * i, mask);
        }
    }

    /** What x is multiplied by in the gradient of the input: rstd³·mean(dy·w·x). */
    static float correction(long dy, long w, long x, float rstd, int width) {
        FloatVector sum = FloatVector.zero(Lanes.F);
        int i = 0;
        for (; i <= width - Lanes.N; i += Lanes.N) {
            FloatVector gradient = Lanes.load(dy + 4L * i).mul(Lanes.load(w + 4L * i));
            sum = gradient.fma(Lanes.load(x + 4L * i), sum);
        }
        if (i < width) {
            VectorMask<Float> mask = Lanes.below(i, width);
            FloatVector gradient = Lanes.load(dy + 4L * i, mask).mul(Lanes.load(w + 4L * i, mask));
            sum = gradient.fma(Lanes.load(x + 4L * i, mask), sum);
        }
        double mean = (double) Lanes.sum(sum) / width;
        return (float) (mean * rstd * rstd * rstd);
    }

    /** dx = dy·w·rstd - x·correction. */
    static void inputGradient(long dy, long x, long w, float rstd, float correction, long dx, int width) {
        int i = 0;
        for (; i <= width - Lanes.N; i += Lanes.N) {
            FloatVector weighted =
                    Lanes.load(dy + 4L * i).mul(Lanes.load(w + 4L * i)).mul(rstd);
            Lanes.store(weighted.sub(Lanes.load(x + 4L * i).mul(correction)), dx + 4L * i);
        }
        if (i < width) {
            VectorMask<Float> mask = Lanes.below(i, width);
            FloatVector weighted = Lanes.load(dy + 4L * i, mask)
                    .mul(Lanes.load(w + 4L * i, mask))
                    .mul(rstd);
            Lanes.store(weighted.sub(Lanes.load(x + 4L * i, mask).mul(correction)), dx + 4L * i, mask);
        }
    }

    /** dx += dy·w·rstd - x·correction, the difference rounded before it is added. */
    static void addInputGradient(long dy, long x, long w, float rstd, float correction, long dx, int width) {
        int i = 0;
        for (; i <= width - Lanes.N; i += Lanes.N) {
            FloatVector weighted =
                    Lanes.load(dy + 4L * i).mul(Lanes.load(w + 4L * i)).mul(rstd);
            FloatVector gradient = weighted.sub(Lanes.load(x + 4L * i).mul(correction));
            Lanes.store(gradient.add(Lanes.load(dx + 4L * i)), dx + 4L * i);
        }
        if (i < width) {
            VectorMask<Float> mask = Lanes.below(i, width);
            FloatVector weighted = Lanes.load(dy + 4L * i, mask)
                    .mul(Lanes.load(w + 4L * i, mask))
                    .mul(rstd);
            FloatVector gradient = weighted.sub(Lanes.load(x + 4L * i, mask).mul(correction));
            Lanes.store(gradient.add(Lanes.load(dx + 4L * i, mask)), dx + 4L * i, mask);
        }
    }

    /** dw += dy·x·rstd. */
    static void addWeightGradient(long dy, long x, float rstd, long dw, int width) {
        int i = 0;
        for (; i <= width - Lanes.N; i += Lanes.N) {
            FloatVector gradient =
                    Lanes.load(dy + 4L * i).mul(Lanes.load(x + 4L * i)).mul(rstd);
            Lanes.store(gradient.add(Lanes.load(dw + 4L * i)), dw + 4L * i);
        }
        if (i < width) {
            VectorMask<Float> mask = Lanes.below(i, width);
            FloatVector gradient = Lanes.load(dy + 4L * i, mask)
                    .mul(Lanes.load(x + 4L * i, mask))
                    .mul(rstd);
            Lanes.store(gradient.add(Lanes.load(dw + 4L * i, mask)), dw + 4L * i, mask);
        }
    }

    /** Rotates the first 2·half elements in place; direction 1 forward, -1 back. */
    static void rotate(long x, long cos, long sin, int half, float direction) {
        long second = x + 4L * half;
        for (int i = 0; i < half; i += Lanes.N) {
            VectorMask<Float> mask = Lanes.below(i, half);
            FloatVector a = Lanes.load(x + 4L * i, mask);
            FloatVector b = Lanes.load(second + 4L * i, mask);
            FloatVector cosine = Lanes.load(cos + 4L * i, mask);
            FloatVector sine = Lanes.load(sin + 4L * i, mask).mul(direction);
            Lanes.store(a.mul(cosine).sub(b.mul(sine)), x + 4L * i, mask);
            Lanes.store(b.mul(cosine).add(a.mul(sine)), second + 4L * i, mask);
        }
    }
}
