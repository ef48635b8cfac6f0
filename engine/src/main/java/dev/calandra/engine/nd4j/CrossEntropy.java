package dev.calandra.engine.nd4j;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/** Cross-entropy of the logits h·wᵀ with h [T, D] and w [V, D]; tokens with a negative target have no loss. */
final class CrossEntropy {

    private CrossEntropy() {}

    /** Each token's loss [T, 1]: log of the softmax's denominator minus the target's logit. */
    static INDArray losses(INDArray h, INDArray w, int[] target) {
        INDArray logits = h.mmul(w.transpose());
        INDArray logSumExp = logSumExp(logits);
        INDArray losses = Rows.zeros(h.rows(), 1);
        for (int t = 0; t < target.length; t++) {
            if (target[t] >= 0) {
                losses.putScalar(t, 0, logSumExp.getDouble(t, 0) - logits.getDouble(t, target[t]));
            }
        }
        return losses;
    }

    /** dLogits [T, V] of the sum of losses times {@code scale}: softmax minus one at the target, zero without a target. */
    static INDArray logitsGrad(INDArray h, INDArray w, int[] target, double scale) {
        INDArray logits = h.mmul(w.transpose());
        INDArray gradient = Transforms.exp(logits.subColumnVector(logSumExp(logits)), false);
        for (int t = 0; t < target.length; t++) {
            if (target[t] < 0) {
                Rows.range(gradient, t, t + 1L).assign(0.0);
            } else {
                gradient.putScalar(t, target[t], gradient.getDouble(t, target[t]) - 1);
            }
        }
        return gradient.muli(scale);
    }

    /** [T, 1]. */
    static INDArray logSumExp(INDArray logits) {
        INDArray maximum = logits.max(true, 1);
        INDArray sum = Transforms.exp(logits.subColumnVector(maximum), false).sum(true, 1);
        return Transforms.log(sum, false).addi(maximum);
    }
}
