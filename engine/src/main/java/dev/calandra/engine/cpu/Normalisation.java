package dev.calandra.engine.cpu;

import dev.calandra.engine.DType;
import dev.calandra.engine.Tensor;

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
            int first = task * ROWS;
            long at = 4L * first * width;
            NormLoops.forward(
                    x.address() + at,
                    w.address(),
                    eps,
                    y.address() + at,
                    rstd.address() + 4L * first,
                    Math.min(ROWS, rows - first),
                    width);
        });
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
            int first = task * ROWS;
            int count = Math.min(ROWS, rows - first);
            long at = 4L * first * width;
            long dyAt = dy.address() + at;
            long xAt = x.address() + at;
            long dxAt = dx.address() + at;
            long inverse = rstd.address() + 4L * first;
            if (accumulate) {
                NormLoops.addBackward(dyAt, xAt, w.address(), inverse, dxAt, dwPartial, count, width);
            } else {
                NormLoops.backward(dyAt, xAt, w.address(), inverse, dxAt, dwPartial, count, width);
            }
        });
        addPartials(partial, tasks, dw.address(), width);
    }

    /** out += the partial sums, in order. */
    static void addPartials(long partials, int count, long out, int width) {
        for (int task = 0; task < count; task++) {
            RowLoops.add(out, partials + 4L * task * width, out, width);
        }
    }
}
