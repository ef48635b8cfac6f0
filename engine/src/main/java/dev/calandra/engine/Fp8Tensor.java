package dev.calandra.engine;

import dev.calandra.engine.fp8.Fp8Format;

/**
 * A matrix, or a stack of them, kept as FP8 codes with F32 scales; {@code value = decode(code) * scale}.
 *
 * <p>Tiles and blocks follow Ling 2.0 (arXiv 2510.22115, 5.1) and DeepSeek-V3 (arXiv 2412.19437, 3.3): activations and
 * gradients 1x128, weights 128x128. Codes always stand in the order of the values, row-major; only the scales' shape
 * differs:
 *
 * <ul>
 *   <li>{@link Layout#ROW_TILES}: scales [R, ceil(C/128)]; one for 128 neighbours in a row.
 *   <li>{@link Layout#COLUMN_TILES}: scales [R/128 + groups, C]; one for 128 neighbours in a column. Tiles start anew
 *       at the first row of each group (expert), so that each expert's product is the FP8 product of its own rows. The
 *       tiles of group {@code e} start at scale row {@code offsets[e]/128 + e}.
 *   <li>{@link Layout#BLOCKS}: the rows are a stack of matrices of {@code matrixRows} rows each, and every matrix has
 *       blocks of its own: scales [R/matrixRows, ceil(matrixRows/128), ceil(C/128)].
 * </ul>
 *
 * @param codes U8, any shape; seen as [R, C]
 * @param scales F32 powers of two, shape as above
 * @param matrixRows rows of one matrix of the stack for BLOCKS; ignored otherwise
 */
public record Fp8Tensor(Tensor codes, Tensor scales, Fp8Format format, Layout layout, int matrixRows)
        implements Operand, AutoCloseable {

    /** Elements that share a scale along one axis. */
    public static final int TILE = 128;

    /** Which elements share a scale. */
    public enum Layout {
        ROW_TILES,
        COLUMN_TILES,
        BLOCKS
    }

    public Fp8Tensor {
        codes.require(DType.U8);
        scales.require(DType.F32);
        if (layout == Layout.BLOCKS && (matrixRows <= 0 || codes.rows() % matrixRows != 0)) {
            throw new IllegalArgumentException(codes.rows() + " rows are not a stack of matrices of " + matrixRows);
        }
    }

    /** Tiles needed for n neighbours. */
    public static int tiles(int n) {
        return (n + TILE - 1) / TILE;
    }

    /** Allocates codes and scales for a [rows, columns] matrix in 1x128 tiles. */
    public static Fp8Tensor rowTiles(TensorMemory memory, Fp8Format format, int rows, int columns) {
        return new Fp8Tensor(
                memory.allocate(DType.U8, rows, columns),
                memory.allocate(DType.F32, rows, tiles(columns)),
                format,
                Layout.ROW_TILES,
                0);
    }

    /** Allocates codes and scales for a [rows, columns] matrix in 128x1 tiles that start anew in each of the groups. */
    public static Fp8Tensor columnTiles(TensorMemory memory, Fp8Format format, int rows, int columns, int groups) {
        return new Fp8Tensor(
                memory.allocate(DType.U8, rows, columns),
                memory.allocate(DType.F32, rows / TILE + groups, columns),
                format,
                Layout.COLUMN_TILES,
                0);
    }

    /** Allocates codes and scales for a stack of [matrixRows, columns] matrices, {@code rows} rows in all. */
    public static Fp8Tensor blocks(TensorMemory memory, Fp8Format format, int rows, int columns, int matrixRows) {
        return new Fp8Tensor(
                memory.allocate(DType.U8, rows, columns),
                memory.allocate(DType.F32, rows / matrixRows, tiles(matrixRows), tiles(columns)),
                format,
                Layout.BLOCKS,
                matrixRows);
    }

    @Override
    public int rows() {
        return codes.rows();
    }

    @Override
    public int columns() {
        return codes.columns();
    }

    /** Frees codes and scales. */
    @Override
    public void close() {
        codes.close();
        scales.close();
    }
}
