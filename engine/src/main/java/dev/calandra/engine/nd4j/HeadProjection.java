package dev.calandra.engine.nd4j;

import dev.calandra.engine.AttentionShape;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * From the fused projection [T, (H + 2G)·C] to heads: queries and keys normalised over C, then rotated; values as they
 * are. Heads are kept as matrices whose rows are (sequence, head, token).
 */
final class HeadProjection {

    private final AttentionShape shape;
    private final INDArray qNorm;
    private final INDArray kNorm;
    private final double eps;
    private final Rotation rotation;

    /**
     * @param qNorm [1, C]
     * @param kNorm [1, C]
     * @param rotation of each of the T tokens
     */
    HeadProjection(AttentionShape shape, INDArray qNorm, INDArray kNorm, double eps, Rotation rotation) {
        this.shape = shape;
        this.qNorm = qNorm;
        this.kNorm = kNorm;
        this.eps = eps;
        this.rotation = rotation;
    }

    /** Queries [batch·H·queries, C]; keys and values of the new tokens [batch·G·queries, C]. */
    record Heads(INDArray q, INDArray k, INDArray v) {}

    /** Gradients of the projection and of the norms' weights [1, C]. */
    record Gradients(INDArray dqkv, INDArray dqNorm, INDArray dkNorm) {}

    Heads forward(INDArray qkv) {
        Heads heads = zeros();
        for (int head = 0; head < heads(); head++) {
            INDArray x = column(qkv, head).dup('c');
            INDArray weight = weight(head);
            INDArray y = weight == null ? x : rotation.apply(Norms.forward(x, Norms.rstd(x, eps), weight));
            copyHead(heads, head, y, true);
        }
        return heads;
    }

    /** @param gradients of the heads, in the layout of {@link #forward} */
    Gradients backward(Heads gradients, INDArray qkv) {
        INDArray dqkv = Rows.zeros(qkv.rows(), qkv.columns());
        INDArray dqNorm = Rows.zeros(1, shape.headSize());
        INDArray dkNorm = Rows.zeros(1, shape.headSize());
        for (int head = 0; head < heads(); head++) {
            INDArray dy = Rows.zeros(shape.tokens(), shape.headSize());
            copyHead(gradients, head, dy, false);
            INDArray weight = weight(head);
            if (weight == null) {
                column(dqkv, head).assign(dy);
                continue;
            }
            INDArray x = column(qkv, head).dup('c');
            INDArray rstd = Norms.rstd(x, eps);
            INDArray dNormed = rotation.inverse(dy);
            column(dqkv, head).assign(Norms.inputGrad(dNormed, x, rstd, weight));
            (head < shape.heads() ? dqNorm : dkNorm).addi(Norms.weightGrad(dNormed, x, rstd));
        }
        return new Gradients(dqkv, dqNorm, dkNorm);
    }

    private int heads() {
        return shape.heads() + 2 * shape.keyValueHeads();
    }

    private Heads zeros() {
        long keyRows = (long) shape.batch() * shape.keyValueHeads() * shape.queries();
        return new Heads(
                Rows.zeros((long) shape.batch() * shape.heads() * shape.queries(), shape.headSize()),
                Rows.zeros(keyRows, shape.headSize()),
                Rows.zeros(keyRows, shape.headSize()));
    }

    /** The norm's weight of a head of the projection, null for values. */
    private INDArray weight(int head) {
        if (head < shape.heads()) {
            return qNorm;
        }
        return head < shape.heads() + shape.keyValueHeads() ? kNorm : null;
    }

    private INDArray column(INDArray qkv, int head) {
        return Rows.columns(qkv, (long) head * shape.headSize(), (head + 1L) * shape.headSize());
    }

    /** Copies one head's [T, C] into its rows of the heads, or out of them. */
    private void copyHead(Heads heads, int head, INDArray tokens, boolean intoHeads) {
        boolean query = head < shape.heads();
        int local = query ? head : (head - shape.heads()) % shape.keyValueHeads();
        int count = query ? shape.heads() : shape.keyValueHeads();
        INDArray target = query ? heads.q() : head < shape.heads() + shape.keyValueHeads() ? heads.k() : heads.v();
        for (int b = 0; b < shape.batch(); b++) {
            long from = ((long) b * count + local) * shape.queries();
            INDArray ofHead = Rows.range(target, from, from + shape.queries());
            INDArray ofToken = Rows.range(tokens, (long) b * shape.queries(), (b + 1L) * shape.queries());
            if (intoHeads) {
                ofHead.assign(ofToken);
            } else {
                ofToken.assign(ofHead);
            }
        }
    }
}
