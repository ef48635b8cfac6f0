package dev.calandra.engine.cpu;

import dev.calandra.engine.DType;
import dev.calandra.engine.Fp8Tensor;
import dev.calandra.engine.Operand;
import dev.calandra.engine.Tensor;

/**
 * Brings pieces of an {@link Operand} into panels small enough for the cache, where the product reads them: decoded, widened
 * or gathered. A tensor of the panels' own type is used where it stands.
 */
sealed interface Panels permits Bf16Panels, F32Panels {

    /** Type of a panel's elements. */
    DType dtype();

    /**
     * Rows first to end of the operand, columns from to to, as a dense panel at {@code out}.
     *
     * @param group the group the rows belong to, and where it starts, for column tiles
     */
    void load(Operand x, int group, int groupStart, int first, int end, int from, int to, long out);

    /** Whether no panel is needed. */
    default boolean inPlace(Operand x) {
        return x instanceof Tensor tensor && tensor.dtype() == dtype();
    }

    /** Index of the first scale of a row in row tiles or blocks. */
    static long firstScale(Fp8Tensor x, int r) {
        int across = Fp8Tensor.tiles(x.columns());
        if (x.layout() == Fp8Tensor.Layout.ROW_TILES) {
            return (long) r * across;
        }
        int matrix = r / x.matrixRows();
        int down = r % x.matrixRows() / Fp8Tensor.TILE;
        return ((long) matrix * Fp8Tensor.tiles(x.matrixRows()) + down) * across;
    }
}
