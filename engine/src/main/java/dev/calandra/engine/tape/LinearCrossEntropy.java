package dev.calandra.engine.tape;

import dev.calandra.engine.DType;
import dev.calandra.engine.Tensor;

/**
 * Output head and loss in one: the logits [T, V] never exist as a whole. The gradients come with the loss, because what
 * the loss is scaled by is known beforehand; the way back only hands them on.
 */
public final class LinearCrossEntropy implements Operation {

    private final Variable h;
    private final Tensor dhTD;

    private LinearCrossEntropy(Variable h, Tensor dhTD) {
        this.h = h;
        this.dhTD = dhTD.share();
    }

    /**
     * @param h [T, D]
     * @param head [V, D]
     * @param targetT I32 [T]; negative: no loss at this token
     * @param lossScale what the gradient of each token's loss is multiplied by
     * @return each token's loss [T], unscaled, 0 where there is none; the caller's to close
     */
    public static Tensor apply(Tape tape, Variable h, Weight head, Tensor targetT, float lossScale) {
        Tensor hTD = h.value();
        try (Tensor lossT = tape.memory().allocate(DType.F32, hTD.rows())) {
            if (!tape.recording()) {
                tape.kernels().linearCrossEntropy(hTD, head.value(), targetT, lossScale, null, null, lossT);
                return lossT.share();
            }
            try (Tensor dhTD = tape.memory().allocate(DType.F32, hTD.shape())) {
                tape.kernels().linearCrossEntropy(hTD, head.value(), targetT, lossScale, dhTD, head.gradient(), lossT);
                tape.record(new LinearCrossEntropy(h, dhTD));
            }
            return lossT.share();
        }
    }

    @Override
    public void backward() {
        h.addGradient(dhTD.share());
    }

    @Override
    public void close() {
        dhTD.close();
    }
}
