package dev.calandra.engine.cpu;

import dev.calandra.engine.DType;
import dev.calandra.engine.GatheredRows;
import dev.calandra.engine.Operand;
import dev.calandra.engine.Tensor;

/**
 * Addresses of the rows of an F32 matrix that may be gathered: row r stands at {@code base + stride·index[r]}, to be
 * multiplied by {@code scale[r]}.
 *
 * @param base address of the source's first row
 * @param columns row length
 * @param index address of I32 indices, or 0
 * @param scale address of F32 factors, or 0
 */
record Rows(long base, int columns, long index, long scale) {

    static Rows of(Operand operand) {
        return switch (operand) {
            case Tensor tensor -> plain(tensor);
            case GatheredRows(Tensor source, Tensor index, Tensor scale) ->
                new Rows(
                        source.require(DType.F32).address(),
                        source.columns(),
                        index.address(),
                        scale == null ? 0 : scale.address());
            default -> throw new IllegalArgumentException("rows of F32 are expected, got " + operand);
        };
    }

    private static Rows plain(Tensor tensor) {
        return new Rows(tensor.require(DType.F32).address(), tensor.columns(), 0, 0);
    }

    /** Address of row r. */
    long address(int r) {
        long row = index == 0 ? r : Lanes.getInt(index + 4L * r);
        return base + row * columns * Float.BYTES;
    }

    /** Factor of row r. */
    float factor(int r) {
        return scale == 0 ? 1f : Lanes.get(scale + 4L * r);
    }
}
