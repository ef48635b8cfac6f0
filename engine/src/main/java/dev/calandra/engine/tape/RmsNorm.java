package dev.calandra.engine.tape;

import dev.calandra.engine.DType;
import dev.calandra.engine.Tensor;

/**
 * y = x / sqrt(mean(x²) + eps) · w per row (Zhang & Sennrich, arXiv 1910.07467). x is kept; y, which costs one pass over x,
 * is computed again for the layers whose weight gradients read it.
 */
public final class RmsNorm implements Operation {

    private final Tape tape;
    private final Variable x;
    private final Variable y;
    private final Weight weight;
    private final float eps;
    private final Tensor xTD;
    private final Tensor rstdT;

    private RmsNorm(Tape tape, Variable x, Variable y, Weight weight, float eps, Tensor rstdT) {
        this.tape = tape;
        this.x = x;
        this.y = y;
        this.weight = weight;
        this.eps = eps;
        this.xTD = x.value().share();
        this.rstdT = rstdT.share();
        y.recomputable(this::compute);
    }

    /** x [T, D], weight [D] → y [T, D]. */
    public static Variable apply(Tape tape, Variable x, Weight weight, float eps) {
        Tensor xTD = x.value();
        Variable y = tape.allocate(xTD.shape());
        try (Tensor rstdT = tape.memory().allocate(DType.F32, xTD.rows())) {
            tape.kernels().rmsNorm(xTD, weight.value(), eps, y.value(), rstdT);
            if (tape.recording()) {
                tape.record(new RmsNorm(tape, x, y, weight, eps, rstdT));
            }
        }
        return y;
    }

    private Tensor compute() {
        try (Tensor yTD = tape.memory().allocate(DType.F32, xTD.shape());
                Tensor rstd = tape.memory().allocate(DType.F32, xTD.rows())) {
            tape.kernels().rmsNorm(xTD, weight.value(), eps, yTD, rstd);
            return yTD.share();
        }
    }

    @Override
    public void backward() {
        y.freeRecomputed();
        try (Tensor dy = y.takeGradient()) {
            if (dy == null) {
                return;
            }
            Variable.GradientTarget dx = x.gradientTarget();
            tape.kernels()
                    .rmsNormBackward(dy, xTD, weight.value(), rstdT, dx.tensor(), dx.accumulate(), weight.gradient());
        }
    }

    @Override
    public void close() {
        y.freeRecomputed();
        xTD.close();
        rstdT.close();
    }
}
