package dev.calandra.engine.cpu;

import dev.calandra.engine.Fp8Tensor;
import dev.calandra.engine.Groups;
import java.util.ArrayList;
import java.util.List;

/**
 * One column tile of grouped rows; tiles start anew at each group's first row (see {@link Fp8Tensor}).
 *
 * @param firstRow first row of the tile
 * @param endRow row after its last
 * @param scaleRow row of its scales
 */
record ColumnTile(int firstRow, int endRow, int scaleRow) {

    int rows() {
        return endRow - firstRow;
    }

    /** All tiles of the groups. */
    static List<ColumnTile> of(Groups groups, int rows) {
        int[] offsets = GroupRows.offsets(groups, rows);
        List<ColumnTile> tiles = new ArrayList<>();
        for (int group = 0; group < groups.count(); group++) {
            int scaleRow = firstScaleRow(offsets[group], group);
            for (int r = offsets[group]; r < offsets[group + 1]; r += Fp8Tensor.TILE) {
                tiles.add(new ColumnTile(r, Math.min(offsets[group + 1], r + Fp8Tensor.TILE), scaleRow++));
            }
        }
        return tiles;
    }

    /** Scale row of the first tile of a group that starts at this row. */
    static int firstScaleRow(int offset, int group) {
        return offset / Fp8Tensor.TILE + group;
    }
}
