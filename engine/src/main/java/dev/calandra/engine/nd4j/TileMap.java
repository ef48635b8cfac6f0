package dev.calandra.engine.nd4j;

import dev.calandra.engine.Fp8Tensor;

/** Which scale belongs to the element at (row, column) of an FP8 matrix: the layouts of {@link Fp8Tensor} as functions. */
@FunctionalInterface
interface TileMap {

    /** Index into the scales, row-major. */
    int scaleOf(int row, int column);

    /** @param offsets row offsets of the groups, read for column tiles only */
    static TileMap of(Fp8Tensor x, int[] offsets) {
        return switch (x.layout()) {
            case ROW_TILES -> (row, column) -> row * Fp8Tensor.tiles(x.columns()) + column / Fp8Tensor.TILE;
            case COLUMN_TILES -> columnTiles(x.columns(), offsets);
            case BLOCKS -> blocks(x);
        };
    }

    private static TileMap columnTiles(int columns, int[] offsets) {
        return (row, column) -> {
            int group = groupOf(row, offsets);
            int firstTile = offsets[group] / Fp8Tensor.TILE + group;
            return (firstTile + (row - offsets[group]) / Fp8Tensor.TILE) * columns + column;
        };
    }

    private static int groupOf(int row, int[] offsets) {
        int group = 0;
        while (offsets[group + 1] <= row) {
            group++;
        }
        return group;
    }

    private static TileMap blocks(Fp8Tensor x) {
        int across = Fp8Tensor.tiles(x.columns());
        int down = Fp8Tensor.tiles(x.matrixRows());
        return (row, column) -> {
            int matrix = row / x.matrixRows();
            int blockRow = row % x.matrixRows() / Fp8Tensor.TILE;
            return (matrix * down + blockRow) * across + column / Fp8Tensor.TILE;
        };
    }
}
