package dev.calandra.engine.nd4j;

import dev.calandra.engine.AttentionShape;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * Causal attention within documents, one head at a time, the whole score matrix at once.
 *
 * <p>q [batch·H·queries, C]; k, v [batch·G·capacity, C]; query head h reads key-value head h / (H/G).
 */
final class Attention {

    private final AttentionShape shape;
    private final int[] documentStart;

    /** @param documentStart [batch·queries]: first key that a query may see */
    Attention(AttentionShape shape, int[] documentStart) {
        this.shape = shape;
        this.documentStart = documentStart;
    }

    /** Output [T, H·C] and the natural logarithm of the softmax's denominator [batch·H·queries, 1]. */
    record Result(INDArray out, INDArray logSumExp) {}

    /** Gradients in the layouts of q, k and v. */
    record Gradients(INDArray dq, INDArray dk, INDArray dv) {}

    Result forward(INDArray q, INDArray k, INDArray v) {
        INDArray out = Rows.zeros(shape.tokens(), (long) shape.heads() * shape.headSize());
        INDArray logSumExp = Rows.zeros(q.rows(), 1);
        for (int b = 0; b < shape.batch(); b++) {
            for (int head = 0; head < shape.heads(); head++) {
                INDArray scores = scores(queries(q, b, head), keys(k, b, head), b);
                INDArray maximum = scores.max(true, 1);
                INDArray sum =
                        Transforms.exp(scores.subColumnVector(maximum), false).sum(true, 1);
                INDArray headLogSumExp = Transforms.log(sum, false).addi(maximum);
                queries(logSumExp, b, head).assign(headLogSumExp);
                outputs(out, b, head)
                        .assign(probabilities(scores, headLogSumExp).mmul(keys(v, b, head)));
            }
        }
        return new Result(out, logSumExp);
    }

    /**
     * With P the probabilities and S the scores: dV = Pᵀ·dO, dP = dO·Vᵀ, dS = P·(dP − rowsum(dO·O)), dQ = dS·K·scale, dK =
     * dSᵀ·Q·scale (Dao, arXiv 2307.08691, algorithm 2).
     */
    Gradients backward(INDArray dOut, INDArray q, INDArray k, INDArray v, Result result) {
        Gradients gradients = new Gradients(
                Rows.zeros(q.rows(), q.columns()),
                Rows.zeros(k.rows(), k.columns()),
                Rows.zeros(v.rows(), v.columns()));
        for (int b = 0; b < shape.batch(); b++) {
            for (int head = 0; head < shape.heads(); head++) {
                INDArray headQ = queries(q, b, head);
                INDArray headK = keys(k, b, head);
                INDArray dO = outputs(dOut, b, head);
                INDArray p = probabilities(scores(headQ, headK, b), queries(result.logSumExp(), b, head));
                INDArray rowSum = dO.mul(outputs(result.out(), b, head)).sum(true, 1);
                INDArray dP = dO.mmul(keys(v, b, head).transpose());
                INDArray dS = dP.subColumnVector(rowSum).muli(p).muli(scale());
                queries(gradients.dq(), b, head).assign(dS.mmul(headK));
                keys(gradients.dk(), b, head).addi(dS.transpose().mmul(headQ));
                keys(gradients.dv(), b, head).addi(p.transpose().mmul(dO));
            }
        }
        return gradients;
    }

    private double scale() {
        return 1 / Math.sqrt(shape.headSize());
    }

    /** Scaled scores [queries, keys], −∞ where the query does not see the key. */
    private INDArray scores(INDArray headQ, INDArray headK, int b) {
        return headQ.mmul(headK.transpose()).muli(scale()).addi(mask(b));
    }

    /** What is added to the scores of a sequence: 0 for a key that the query sees, −∞ for another. */
    private INDArray mask(int b) {
        double[] mask = new double[shape.queries() * shape.keys()];
        for (int i = 0; i < shape.queries(); i++) {
            int self = shape.keys() - shape.queries() + i;
            for (int j = 0; j < shape.keys(); j++) {
                boolean seen = documentStart[b * shape.queries() + i] <= j && j <= self;
                mask[i * shape.keys() + j] = seen ? 0 : Double.NEGATIVE_INFINITY;
            }
        }
        return Nd4j.createFromArray(mask).reshape('c', shape.queries(), shape.keys());
    }

    private static INDArray probabilities(INDArray scores, INDArray logSumExp) {
        return Transforms.exp(scores.subColumnVector(logSumExp), false);
    }

    private INDArray queries(INDArray x, int b, int head) {
        long from = ((long) b * shape.heads() + head) * shape.queries();
        return Rows.range(x, from, from + shape.queries());
    }

    private INDArray keys(INDArray x, int b, int head) {
        int keyValueHead = head / (shape.heads() / shape.keyValueHeads());
        long from = ((long) b * shape.keyValueHeads() + keyValueHead) * shape.capacity();
        return Rows.range(x, from, from + shape.keys());
    }

    private INDArray outputs(INDArray out, int b, int head) {
        return Rows.block(
                out,
                (long) b * shape.queries(),
                (b + 1L) * shape.queries(),
                (long) head * shape.headSize(),
                (head + 1L) * shape.headSize());
    }
}
