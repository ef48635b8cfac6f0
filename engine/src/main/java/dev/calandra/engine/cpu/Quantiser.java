package dev.calandra.engine.cpu;

import dev.calandra.engine.DType;
import dev.calandra.engine.Fp8Tensor;
import dev.calandra.engine.Groups;
import dev.calandra.engine.Operand;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.fp8.Fp8Format;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** FP8 encoding in tiles and blocks, and BF16 casts. */
final class Quantiser {

    private static final int TILE = Fp8Tensor.TILE;
    private static final int ROWS_PER_TASK = 64;
    private static final int CASTS_PER_TASK = 1 << 16;
    private static final int WORK = 0;

    private final Workers workers;
    private final Scratch scratch;
    private final Map<Fp8Format, Fp8Lanes> lanes = new EnumMap<>(Fp8Format.class);

    Quantiser(Workers workers, Scratch scratch) {
        this.workers = workers;
        this.scratch = scratch;
        for (Fp8Format format : Fp8Format.values()) {
            lanes.put(format, new Fp8Lanes(format));
        }
    }

    Fp8Lanes lanes(Fp8Format format) {
        return lanes.get(format);
    }

    void rows(Operand x, Fp8Tensor out) {
        Rows source = Rows.of(x);
        int rows = x.rows();
        int columns = x.columns();
        requireLayout(out, Fp8Tensor.Layout.ROW_TILES, rows, columns);
        out.scales().require(DType.F32, rows, Fp8Tensor.tiles(columns));
        TileEncoder encoder = new TileEncoder(out.format(), lanes(out.format()));
        long codes = out.codes().address();
        long scales = out.scales().address();
        workers.parallel((rows + ROWS_PER_TASK - 1) / ROWS_PER_TASK, (task, worker) -> {
            int first = task * ROWS_PER_TASK;
            int end = Math.min(rows, first + ROWS_PER_TASK);
            long work = scratch.floats(worker, WORK, TileEncoder.roomForRows(ROWS_PER_TASK, columns));
            encoder.rows(source, first, end, codes, scales, work);
        });
    }

    void columns(Operand x, Groups groups, Fp8Tensor out) {
        Rows source = Rows.of(x);
        int rows = x.rows();
        int columns = x.columns();
        requireLayout(out, Fp8Tensor.Layout.COLUMN_TILES, rows, columns);
        out.scales().require(DType.F32, rows / TILE + groups.count(), columns);
        List<ColumnTile> tiles = ColumnTile.of(groups, rows);
        Fp8Lanes format = lanes(out.format());
        long codes = out.codes().address();
        long scales = out.scales().address();
        workers.parallel(tiles.size(), (task, worker) -> {
            ColumnTile tile = tiles.get(task);
            long work = scratch.floats(worker, WORK, columns);
            new ColumnEncoder(out.format(), format, source, tile, work)
                    .encode(codes, scales + 4L * tile.scaleRow() * columns);
        });
    }

    void blocks(Tensor w, Fp8Tensor out) {
        int columns = w.columns();
        int matrixRows = out.matrixRows();
        requireLayout(out, Fp8Tensor.Layout.BLOCKS, w.rows(), columns);
        int matrices = w.rows() / matrixRows;
        int down = Fp8Tensor.tiles(matrixRows);
        int across = Fp8Tensor.tiles(columns);
        out.scales().require(DType.F32, matrices, down, across);
        long from = w.require(DType.F32).address();
        long codes = out.codes().address();
        long scales = out.scales().address();
        TileEncoder encoder = new TileEncoder(out.format(), lanes(out.format()));
        workers.parallel(matrices * down, (task, worker) -> {
            int matrix = task / down;
            int firstRow = matrix * matrixRows + task % down * TILE;
            int endRow = Math.min((matrix + 1) * matrixRows, firstRow + TILE);
            long work = scratch.floats(worker, WORK, TileEncoder.roomForBlocks());
            encoder.blocks(from, columns, firstRow, endRow, codes, scales + 4L * task * across, work);
        });
    }

    void blockMaxima(Tensor w, int firstRow, Fp8Tensor stack, Tensor maxima) {
        BlockRows rows = BlockRows.of(w, firstRow, stack);
        maxima.require(DType.F32, stack.scales().shape());
        long to = maxima.address();
        for (long i = 0; i < maxima.size(); i++) {
            Lanes.set(to + 4 * i, 0f);
        }
        workers.parallel(rows.bands(), (task, worker) -> rows.maxima(task, to));
    }

    void encodeBlocks(Tensor w, int firstRow, Tensor maxima, Fp8Tensor stack) {
        BlockRows rows = BlockRows.of(w, firstRow, stack);
        maxima.require(DType.F32, stack.scales().shape());
        long from = maxima.address();
        long scales = stack.scales().address();
        RunEncoder encoder = new RunEncoder(stack.format(), lanes(stack.format()));
        for (long i = 0; i < maxima.size(); i++) {
            float multiplier = stack.format().quantiseMultiplier(Lanes.get(from + 4 * i));
            Lanes.set(scales + 4 * i, Fp8Format.dequantiseScale(multiplier));
        }
        long codes = stack.codes().address();
        workers.parallel(rows.bands(), (task, worker) -> rows.encode(task, from, codes, encoder));
    }

    void cast(Tensor from, Tensor to) {
        boolean narrow = from.dtype() == DType.F32;
        from.require(narrow ? DType.F32 : DType.BF16);
        to.require(narrow ? DType.BF16 : DType.F32, from.shape());
        long a = from.address();
        long b = to.address();
        long size = from.size();
        workers.parallel((int) ((size + CASTS_PER_TASK - 1) / CASTS_PER_TASK), (task, worker) -> {
            long end = Math.min(size, (task + 1L) * CASTS_PER_TASK);
            for (long i = (long) task * CASTS_PER_TASK; i < end; i++) {
                if (narrow) {
                    Lanes.setShort(b + 2 * i, Bf16.encode(Lanes.get(a + 4 * i)));
                } else {
                    Lanes.set(b + 4 * i, Bf16.decode(Lanes.getShort(a + 2 * i)));
                }
            }
        });
    }

    private static void requireLayout(Fp8Tensor out, Fp8Tensor.Layout layout, int rows, int columns) {
        if (out.layout() != layout || out.rows() != rows || out.columns() != columns) {
            throw new IllegalArgumentException("expected " + layout + " of " + rows + "x" + columns + ", got "
                    + out.layout() + " of " + out.rows() + "x" + out.columns());
        }
    }
}
