package dev.calandra.engine.nd4j;

import dev.calandra.engine.Tensor;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Rotary positions in the half-split layout (Su et al., arXiv 2104.09864): of each row, elements p and p + P are turned
 * by the angle of (token, p), for p below P; the rest passes through.
 *
 * @param cos [T, P], or null when nothing is rotated (ND4J has no use for empty arrays)
 * @param sin as cos
 */
record Rotation(INDArray cos, INDArray sin) {

    static final Rotation NONE = new Rotation(null, null);

    /**
     * The rotation of each token.
     *
     * @param cosSP [positions, P]
     * @param sinSP [positions, P]
     * @param positionT I32 [T]
     */
    static Rotation of(Tensor cosSP, Tensor sinSP, Tensor positionT) {
        if (cosSP.columns() == 0) {
            return NONE;
        }
        int[] positions = Copies.indices(positionT);
        return new Rotation(Rows.pick(Copies.matrix(cosSP), positions), Rows.pick(Copies.matrix(sinSP), positions));
    }

    /** x [T, C] turned. */
    INDArray apply(INDArray x) {
        return cos == null ? x : turn(x, sin);
    }

    /** x [T, C] turned back, which is also the gradient: a rotation's transpose is its inverse. */
    INDArray inverse(INDArray x) {
        return cos == null ? x : turn(x, sin.neg());
    }

    private INDArray turn(INDArray x, INDArray signedSin) {
        long half = cos.columns();
        INDArray first = Rows.columns(x, 0, half);
        INDArray second = Rows.columns(x, half, 2 * half);
        INDArray turned = x.dup('c');
        Rows.columns(turned, 0, half).assign(first.mul(cos).subi(second.mul(signedSin)));
        Rows.columns(turned, half, 2 * half).assign(second.mul(cos).addi(first.mul(signedSin)));
        return turned;
    }
}
