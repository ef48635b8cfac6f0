package dev.calandra.engine;

/**
 * Row {@code r} of this operand is row {@code index[r]} of the source, times {@code scale[r]} where a scale is given.
 *
 * <p>This is how tokens reach their experts: the permuted copy of the activations is never written.
 *
 * @param source F32, BF16 or FP8 matrix [T, D]
 * @param index I32 [R], each in [0, T)
 * @param scale F32 [R], or null for 1
 */
public record GatheredRows(Operand source, Tensor index, Tensor scale) implements Operand {

    public GatheredRows {
        if (source instanceof GatheredRows) {
            throw new IllegalArgumentException("rows are gathered once: compose the indices instead");
        }
        if (source instanceof Fp8Tensor fp8 && fp8.layout() == Fp8Tensor.Layout.COLUMN_TILES) {
            throw new IllegalArgumentException("rows of column tiles cannot be gathered: a tile would be torn apart");
        }
        index.require(DType.I32);
        if (scale != null) {
            scale.require(DType.F32, (int) index.size());
        }
    }

    public GatheredRows(Operand source, Tensor index) {
        this(source, index, null);
    }

    @Override
    public int rows() {
        return (int) index.size();
    }

    @Override
    public int columns() {
        return source.columns();
    }
}
