package dev.calandra.engine.cpu;

import dev.calandra.engine.Fp8Tensor;
import dev.calandra.engine.fp8.Fp8Format;

/**
 * Encodes rows in tiles of 128 neighbours, and in blocks of 128 rows of such tiles. Many whole tiles at a time share a loop, since
 * one is short beside its own scale; tiles that are not whole or not finite are encoded one by one.
 */
final class TileEncoder {

    private static final int TILE = Fp8Tensor.TILE;
    /** Blocks side by side whose rows stay in the cache between the search for the largest and the encoding. */
    private static final int SPAN = 4;

    private final Fp8Format format;
    private final Fp8Lanes lanes;
    private final RunEncoder runs;

    TileEncoder(Fp8Format format, Fp8Lanes lanes) {
        this.format = format;
        this.lanes = lanes;
        this.runs = new RunEncoder(format, lanes);
    }

    /** Floats that {@link #rows} works in. */
    static long roomForRows(int rows, int columns) {
        return 2 * padded((long) rows * (columns / TILE));
    }

    /** Floats that {@link #blocks} works in. */
    static long roomForBlocks() {
        return SPAN * TILE + 2 * padded(SPAN);
    }

    /** Vectors are written whole. */
    private static long padded(long count) {
        return (count + Lanes.N - 1) / Lanes.N * Lanes.N;
    }

    /**
     * Rows first to end.
     *
     * @param codes address of the matrix of codes
     * @param scales address of the matrix of scales, one for each tile
     * @param work address of {@link #roomForRows} floats
     */
    void rows(Rows source, int first, int end, long codes, long scales, long work) {
        int tiles = Fp8Tensor.tiles(source.columns());
        int whole = source.columns() / TILE;
        int count = (end - first) * whole;
        boolean finite = RunEncoder.finite(largest(source, first, end, whole, work));
        long inverse = work + 4 * padded(count);
        if (finite) {
            ColumnLoops.multipliers(work, inverse, format.maximum(), count);
        }
        for (int r = first; r < end; r++) {
            long to = codes + (long) r * source.columns();
            long scale = scales + 4L * r * tiles;
            int done = finite ? whole : 0;
            if (finite) {
                long at = 4L * (r - first) * whole;
                encode(source, r, whole, work + at, to);
                Lanes.copyFloats(inverse + at, scale, whole);
            }
            for (int tile = done; tile < tiles; tile++) {
                Lanes.set(scale + 4L * tile, one(source, r, tile * TILE, to));
            }
        }
    }

    private static int largest(Rows source, int first, int end, int tiles, long out) {
        int highest = 0;
        for (int r = first; r < end; r++) {
            long to = out + 4L * (r - first) * tiles;
            int largest = source.scale() == 0
                    ? TileLoops.largest(source.address(r), tiles, to)
                    : TileLoops.largestScaled(source.address(r), source.factor(r), tiles, to);
            highest = Math.max(highest, largest);
        }
        return highest;
    }

    private void encode(Rows source, int r, int tiles, long multipliers, long codes) {
        if (source.scale() == 0) {
            TileLoops.encode(source.address(r), tiles, multipliers, codes, lanes);
        } else {
            TileLoops.encodeScaled(source.address(r), source.factor(r), tiles, multipliers, codes, lanes);
        }
    }

    /** Encodes the tile of a row that begins at a column; returns its scale. */
    private float one(Rows source, int r, int start, long codes) {
        int end = Math.min(source.columns(), start + TILE);
        long from = source.address(r);
        float factor = source.factor(r);
        int largest = RunEncoder.largest(from, start, end, factor);
        boolean finite = RunEncoder.finite(largest);
        float multiplier = runs.multiplier(finite ? largest : RunEncoder.largestNumber(from, start, end, factor));
        encodeRun(finite, from, codes, start, end, factor, multiplier);
        return Fp8Format.dequantiseScale(multiplier);
    }

    private void encodeRun(boolean finite, long from, long codes, int start, int end, float factor, float multiplier) {
        if (finite) {
            runs.encodeFinite(from, codes, start, end, factor, multiplier);
        } else {
            runs.encodeAny(from, codes, start, end, factor, multiplier);
        }
    }

    /**
     * The blocks of rows first to end, at most 128, of a matrix.
     *
     * @param from address of the matrix
     * @param codes address of the matrix of codes
     * @param scales address of the first block's scale
     * @param work address of {@link #roomForBlocks} floats
     */
    void blocks(long from, int columns, int first, int end, long codes, long scales, long work) {
        int whole = columns / TILE;
        for (int tile = 0; tile < Fp8Tensor.tiles(columns); ) {
            int span = Math.min(SPAN, whole - tile);
            long at = (long) first * columns + (long) tile * TILE;
            long scale = scales + 4L * tile;
            if (span > 0 && spanOfBlocks(from + 4 * at, columns, span, end - first, codes + at, scale, work)) {
                tile += span;
            } else {
                Lanes.set(scale, oneBlock(from, columns, first, end, tile * TILE, codes));
                tile++;
            }
        }
    }

    /** Encodes neighbours if all of their values are finite; returns whether they are. */
    private boolean spanOfBlocks(long from, int columns, int tiles, int rows, long codes, long scales, long work) {
        long multipliers = work + 4L * SPAN * TILE;
        long inverse = multipliers + 4 * padded(SPAN);
        Lanes.zeroFloats(work, (long) tiles * TILE);
        for (int r = 0; r < rows; r++) {
            ColumnLoops.raise(from + 4L * r * columns, work, tiles * TILE);
        }
        if (!RunEncoder.finite(TileLoops.largest(work, tiles, multipliers))) {
            return false;
        }
        ColumnLoops.multipliers(multipliers, inverse, format.maximum(), tiles);
        for (int r = 0; r < rows; r++) {
            TileLoops.encode(from + 4L * r * columns, tiles, multipliers, codes + (long) r * columns, lanes);
        }
        Lanes.copyFloats(inverse, scales, tiles);
        return true;
    }

    /** Encodes the block that begins at a column; returns its scale. */
    private float oneBlock(long from, int columns, int first, int end, int column, long codes) {
        int endColumn = Math.min(columns, column + TILE);
        int largest = 0;
        int largestNumber = 0;
        for (int r = first; r < end; r++) {
            long row = from + 4L * r * columns;
            largest = Math.max(largest, RunEncoder.largest(row, column, endColumn, 1f));
            largestNumber = Math.max(largestNumber, RunEncoder.largestNumber(row, column, endColumn, 1f));
        }
        float multiplier = runs.multiplier(largestNumber);
        for (int r = first; r < end; r++) {
            long row = (long) r * columns;
            encodeRun(RunEncoder.finite(largest), from + 4 * row, codes + row, column, endColumn, 1f, multiplier);
        }
        return Fp8Format.dequantiseScale(multiplier);
    }
}
