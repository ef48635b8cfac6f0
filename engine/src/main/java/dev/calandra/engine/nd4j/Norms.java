package dev.calandra.engine.nd4j;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/** Root-mean-square normalisation of rows (Zhang & Sennrich, arXiv 1910.07467, equation 4). */
final class Norms {

    private Norms() {}

    /** {@code 1 / sqrt(mean(x²) + eps)} of each row: x [T, D] → [T, 1]. */
    static INDArray rstd(INDArray x, double eps) {
        return Transforms.sqrt(x.mul(x).mean(true, 1).addi(eps), false).rdivi(1.0);
    }

    /** y = x·rstd·w: x [T, D], rstd [T, 1], w [1, D]. */
    static INDArray forward(INDArray x, INDArray rstd, INDArray w) {
        return x.mulColumnVector(rstd).muliRowVector(w);
    }

    /** dx = rstd·(dy·w − x·rstd²·mean(dy·w·x)): the second term is what the mean square takes back. */
    static INDArray inputGrad(INDArray dy, INDArray x, INDArray rstd, INDArray w) {
        INDArray dyw = dy.mulRowVector(w);
        INDArray projection = dyw.mul(x).mean(true, 1).muli(rstd).muli(rstd);
        return dyw.sub(x.mulColumnVector(projection)).muliColumnVector(rstd);
    }

    /** dw = sum over rows of dy·x·rstd: [1, D]. */
    static INDArray weightGrad(INDArray dy, INDArray x, INDArray rstd) {
        return dy.mul(x).muliColumnVector(rstd).sum(true, 0);
    }
}
