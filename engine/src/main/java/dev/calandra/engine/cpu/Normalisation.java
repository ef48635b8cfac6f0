package dev.calandra.engine.cpu;

import dev.calandra.engine.DType;
import dev.calandra.engine.Tensor;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** RMSNorm over rows. */
final class Normalisation {

    /** Rows of a task, and of one partial sum of the weight's gradient. */
    private static final int ROWS = 32;

    private static final int PARTIAL = 0;

    private final Workers workers;
    private final Scratch scratch;

    Normalisation(Workers workers, Scratch scratch) {
        this.workers = workers;
        this.scratch = scratch;
    }

    void rmsNorm(Tensor x, Tensor w, float eps, Tensor y, Tensor rstd) {
        int rows = x.rows();
        int width = x.columns();
        w.require(DType.F32, width);
        y.require(DType.F32, x.require(DType.F32).shape());
        rstd.require(DType.F32, rows);
        workers.parallel((rows + ROWS - 1) / ROWS, (task, worker) -> {
            for (int r = task * ROWS; r < Math.min(rows, (task + 1) * ROWS); r++) {
                long row = x.address() + 4L * r * width;
                float inverse = inverseRoot(row, width, eps);
                Lanes.set(rstd.address() + 4L * r, inverse);
                scaleRow(row, w.address(), inverse, y.address() + 4L * r * width, width);
            }
        });
    }

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
    static void scaleRow(long x, long w, float factor, long y, int width) {
        int i = 0;
        for (; i <= width - Lanes.N; i += Lanes.N) {
            Lanes.store(Lanes.load(x + 4L * i).mul(factor).mul(Lanes.load(w + 4L * i)), y + 4L * i);
        }
        if (i < width) {
            VectorMask<Float> mask = Lanes.below(i, width);
            Lanes.store(Lanes.load(x + 4L * i, mask).mul(factor).mul(Lanes.load(w + 4L * i, mask)), y + 4L * i, mask);
        }
    }

    void rmsNormBackward(Tensor dy, Tensor x, Tensor w, Tensor rstd, Tensor dx, boolean accumulate, Tensor dw) {
        int rows = x.rows();
        int width = x.columns();
        w.require(DType.F32, width);
        dw.require(DType.F32, width);
        dy.require(DType.F32, x.require(DType.F32).shape());
        dx.require(DType.F32, x.shape());
        rstd.require(DType.F32, rows);
        int tasks = (rows + ROWS - 1) / ROWS;
        long partial = scratch.sharedFloats(PARTIAL, (long) tasks * width);
        workers.parallel(tasks, (task, worker) -> {
            long dwPartial = partial + 4L * task * width;
            Lanes.zeroFloats(dwPartial, width);
            for (int r = task * ROWS; r < Math.min(rows, (task + 1) * ROWS); r++) {
                long at = 4L * r * width;
                backwardRow(
                        dy.address() + at,
                        x.address() + at,
                        w.address(),
                        rstd.getFloat(r),
                        dx.address() + at,
                        accumulate,
                        dwPartial,
                        width);
            }
        });
        addPartials(partial, tasks, dw.address(), width);
    }

    /** out += the partial sums, in order. */
    static void addPartials(long partials, int count, long out, int width) {
        for (int task = 0; task < count; task++) {
            Elementwise.addRow(out, partials + 4L * task * width, out, width);
        }
    }

    /** With g = dy·w: dx = rstd·g - x·rstd³·mean(g·x); dw += dy·x·rstd. */
    static void backwardRow(long dy, long x, long w, float rstd, long dx, boolean accumulate, long dw, int width) {
        double mean = (double) weightedDot(dy, w, x, width) / width;
        float correction = (float) (mean * rstd * rstd * rstd);
        for (int i = 0; i < width; i += Lanes.N) {
            VectorMask<Float> mask = Lanes.below(i, width);
            FloatVector dyV = Lanes.load(dy + 4L * i, mask);
            FloatVector xV = Lanes.load(x + 4L * i, mask);
            FloatVector weighted = dyV.mul(Lanes.load(w + 4L * i, mask)).mul(rstd);
            FloatVector result = weighted.sub(xV.mul(correction));
            if (accumulate) {
                result = result.add(Lanes.load(dx + 4L * i, mask));
            }
            Lanes.store(result, dx + 4L * i, mask);
            Lanes.store(dyV.mul(xV).mul(rstd).add(Lanes.load(dw + 4L * i, mask)), dw + 4L * i, mask);
        }
    }

    /** Sum of dy·w·x. */
    private static float weightedDot(long dy, long w, long x, int width) {
        FloatVector sum = FloatVector.zero(Lanes.F);
        for (int i = 0; i < width; i += Lanes.N) {
            VectorMask<Float> mask = Lanes.below(i, width);
            FloatVector gradient = Lanes.load(dy + 4L * i, mask).mul(Lanes.load(w + 4L * i, mask));
            sum = gradient.fma(Lanes.load(x + 4L * i, mask), sum);
        }
        return Lanes.sum(sum);
    }
}
