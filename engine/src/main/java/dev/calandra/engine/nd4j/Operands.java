package dev.calandra.engine.nd4j;

import dev.calandra.engine.Fp8Tensor;
import dev.calandra.engine.GatheredRows;
import dev.calandra.engine.Operand;
import dev.calandra.engine.Tensor;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** What an operand stands for, as a DOUBLE matrix. */
final class Operands {

    private Operands() {}

    /**
     * Values of the operand [rows, columns]; all conversions are exact, except that gathered rows times a scale are
     * rounded only by double arithmetic.
     *
     * @param offsets row offsets of the groups, read for column tiles only
     */
    static INDArray matrix(Operand operand, int[] offsets) {
        return switch (operand) {
            case Tensor tensor -> Copies.matrix(tensor);
            case Fp8Tensor fp8 ->
                Nd4j.createFromArray(Fp8Codec.decode(fp8, TileMap.of(fp8, offsets)))
                        .reshape('c', fp8.rows(), fp8.columns());
            case GatheredRows gathered -> gathered(gathered, offsets);
        };
    }

    private static INDArray gathered(GatheredRows gathered, int[] offsets) {
        INDArray rows = Rows.pick(matrix(gathered.source(), offsets), Copies.indices(gathered.index()));
        return gathered.scale() == null ? rows : rows.mulColumnVector(Copies.column(gathered.scale()));
    }
}
