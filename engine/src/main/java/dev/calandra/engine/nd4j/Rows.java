package dev.calandra.engine.nd4j;

import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.indexing.NDArrayIndex;

/**
 * Rows of a matrix: ranges as views, picked rows as copies.
 *
 * <p>A view must be taken of a whole array, never of another view: ND4J M2.1 compares the new offset with the length of
 * what it is asked for, not of the buffer, and may answer with an empty array.
 */
final class Rows {

    private Rows() {}

    /** Rows from (inclusive) to to (exclusive); a view. */
    static INDArray range(INDArray x, long from, long to) {
        return x.get(NDArrayIndex.interval(from, to), NDArrayIndex.all());
    }

    /** Rows and columns of a head's or a half's block; a view. */
    static INDArray block(INDArray x, long fromRow, long toRow, long fromColumn, long toColumn) {
        return x.get(NDArrayIndex.interval(fromRow, toRow), NDArrayIndex.interval(fromColumn, toColumn));
    }

    /** All rows, columns from (inclusive) to to (exclusive); a view. */
    static INDArray columns(INDArray x, long from, long to) {
        return x.get(NDArrayIndex.all(), NDArrayIndex.interval(from, to));
    }

    /** Row {@code index[i]} of x as row i; a copy. */
    static INDArray pick(INDArray x, int[] index) {
        INDArray picked = zeros(index.length, x.columns());
        for (int i = 0; i < index.length; i++) {
            range(picked, i, i + 1).assign(range(x, index[i], index[i] + 1L));
        }
        return picked;
    }

    /** {@code sum[index[i]] += x[i]}, in the order of i. */
    static void addTo(INDArray sum, int[] index, INDArray x) {
        for (int i = 0; i < index.length; i++) {
            range(sum, index[i], index[i] + 1L).addi(range(x, i, i + 1));
        }
    }

    static INDArray zeros(long... shape) {
        return Nd4j.zeros(DataType.DOUBLE, shape);
    }
}
