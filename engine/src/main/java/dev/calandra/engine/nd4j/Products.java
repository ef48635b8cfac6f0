package dev.calandra.engine.nd4j;

import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * Products of grouped rows with one matrix per group; the matrices may come round several times.
 *
 * <p>x [R, K], w [E·N, K] (a stack of E matrices), y and dy [R, N]; rows {@code offsets[e]} to {@code offsets[e + 1]}
 * belong to group e, which may be empty (ND4J refuses empty products, so those are left out).
 */
final class Products {

    private Products() {}

    /** y = x·wᵀ. */
    static INDArray linear(INDArray x, INDArray w, int[] offsets, int matrices) {
        long outputs = w.rows() / matrices;
        INDArray y = Rows.zeros(x.rows(), outputs);
        forEachGroup(
                offsets,
                (group, from, to) -> Rows.range(y, from, to)
                        .assign(Rows.range(x, from, to)
                                .mmul(matrix(w, group % matrices, outputs).transpose())));
        return y;
    }

    /** dx = dy·w. */
    static INDArray inputGrad(INDArray dy, INDArray w, int[] offsets, int matrices) {
        INDArray dx = Rows.zeros(dy.rows(), w.columns());
        forEachGroup(
                offsets,
                (group, from, to) -> Rows.range(dx, from, to)
                        .assign(Rows.range(dy, from, to).mmul(matrix(w, group % matrices, dy.columns()))));
        return dx;
    }

    /** dw = dyᵀ·x of each group's rows; zero for empty groups. */
    static INDArray weightGrad(INDArray dy, INDArray x, int[] offsets) {
        INDArray dw = Rows.zeros((offsets.length - 1L) * dy.columns(), x.columns());
        forEachGroup(
                offsets,
                (group, from, to) -> matrix(dw, group, dy.columns())
                        .assign(Rows.range(dy, from, to).transpose().mmul(Rows.range(x, from, to))));
        return dw;
    }

    private static INDArray matrix(INDArray w, int group, long outputs) {
        return Rows.range(w, group * outputs, (group + 1) * outputs);
    }

    private static void forEachGroup(int[] offsets, GroupAction action) {
        for (int group = 0; group + 1 < offsets.length; group++) {
            if (offsets[group] < offsets[group + 1]) {
                action.accept(group, offsets[group], offsets[group + 1]);
            }
        }
    }

    private interface GroupAction {
        void accept(int group, int from, int to);
    }
}
