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
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** FP8 encoding in tiles and blocks, and BF16 casts. */
final class Quantiser {

    private static final int TILE = Fp8Tensor.TILE;
    private static final int ROWS_PER_TASK = 64;
    private static final int MAGNITUDE = 0x7FFF_FFFF;
    /** Added to the bits of a magnitude, takes an infinity to the largest int and every NaN past it, below zero. */
    private static final int NAN_TO_NEGATIVE = 0x007F_FFFF;

    private static final int CASTS_PER_TASK = 1 << 16;

    private final Workers workers;
    private final Map<Fp8Format, Fp8Lanes> lanes = new EnumMap<>(Fp8Format.class);

    Quantiser(Workers workers) {
        this.workers = workers;
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
        Fp8Lanes format = lanes(out.format());
        long codes = out.codes().address();
        long scales = out.scales().address();
        workers.parallel((rows + ROWS_PER_TASK - 1) / ROWS_PER_TASK, (task, worker) -> {
            int end = Math.min(rows, (task + 1) * ROWS_PER_TASK);
            for (int r = task * ROWS_PER_TASK; r < end; r++) {
                encodeRow(
                        source.address(r),
                        source.factor(r),
                        columns,
                        codes + (long) r * columns,
                        scales + 4L * r * Fp8Tensor.tiles(columns),
                        out.format(),
                        format);
            }
        });
    }

    private static void encodeRow(
            long from, float factor, int columns, long codes, long scales, Fp8Format format, Fp8Lanes lanes) {
        for (int tile = 0, start = 0; start < columns; tile++, start += TILE) {
            int end = Math.min(columns, start + TILE);
            float amax = Float.intBitsToFloat(amaxBits(from, start, end, factor));
            float multiplier = format.quantiseMultiplier(amax);
            Lanes.set(scales + 4L * tile, Fp8Format.dequantiseScale(multiplier));
            encodeRun(from, codes, start, end, factor, multiplier, lanes);
        }
    }

    /** Bits of the largest magnitude that is a number. */
    private static int amaxBits(long from, int start, int end, float factor) {
        IntVector amax = IntVector.broadcast(Lanes.I, NAN_TO_NEGATIVE);
        int i = start;
        for (; i <= end - Lanes.N; i += Lanes.N) {
            amax = amax.max(magnitude(Lanes.load(from + 4L * i), factor));
        }
        if (i < end) {
            amax = amax.max(magnitude(Lanes.load(from + 4L * i, Lanes.below(i, end)), factor));
        }
        return amax.reduceLanes(VectorOperators.MAX) - NAN_TO_NEGATIVE;
    }

    /** In the order of magnitudes, {@link #NAN_TO_NEGATIVE} too high; a NaN is below all. */
    private static IntVector magnitude(FloatVector x, float factor) {
        return x.mul(factor).reinterpretAsInts().and(MAGNITUDE).add(NAN_TO_NEGATIVE);
    }

    private static void encodeRun(
            long from, long codes, int start, int end, float factor, float multiplier, Fp8Lanes lanes) {
        for (int i = start; i < end; i += Lanes.N) {
            FloatVector x =
                    Lanes.load(from + 4L * i, Lanes.below(i, end)).mul(factor).mul(multiplier);
            Lanes.storeBytes(lanes.encode(x), codes + i, end - i);
        }
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
            encodeTile(source, tile, codes, scales + 4L * tile.scaleRow() * columns, out.format(), format);
        });
    }

    /** Encodes a column tile, one vector of columns at a time: the largest magnitudes, then the codes. */
    private static void encodeTile(
            Rows source, ColumnTile tile, long codes, long scales, Fp8Format format, Fp8Lanes lanes) {
        int columns = source.columns();
        int rows = tile.rows();
        long[] row = new long[rows];
        float[] factor = new float[rows];
        for (int r = 0; r < rows; r++) {
            row[r] = source.address(tile.firstRow() + r);
            factor[r] = source.factor(tile.firstRow() + r);
        }
        long to = codes + (long) tile.firstRow() * columns;
        for (int c = 0; c < columns; c += Lanes.N) {
            VectorMask<Float> mask = Lanes.below(c, columns);
            FloatVector multiplier = multipliers(columnAmax(row, factor, c, mask), format);
            Lanes.store(FloatVector.broadcast(Lanes.F, 1f).div(multiplier), scales + 4L * c, mask);
            encodeColumns(row, factor, c, multiplier, to + c, columns, lanes);
        }
    }

    /** Codes of one vector of columns, row by row. */
    private static void encodeColumns(
            long[] row, float[] factor, int c, FloatVector multiplier, long to, int columns, Fp8Lanes lanes) {
        VectorMask<Float> mask = Lanes.below(c, columns);
        for (int r = 0; r < row.length; r++) {
            FloatVector x = Lanes.load(row[r] + 4L * c, mask).mul(factor[r]).mul(multiplier);
            Lanes.storeBytes(lanes.encode(x), to + (long) r * columns, columns - c);
        }
    }

    private static IntVector columnAmax(long[] row, float[] factor, int c, VectorMask<Float> mask) {
        IntVector amax = IntVector.broadcast(Lanes.I, NAN_TO_NEGATIVE);
        for (int r = 0; r < row.length; r++) {
            amax = amax.max(magnitude(Lanes.load(row[r] + 4L * c, mask), factor[r]));
        }
        return amax.sub(NAN_TO_NEGATIVE);
    }

    /** {@link Fp8Format#quantiseMultiplier} of each lane. */
    private static FloatVector multipliers(IntVector amaxBits, Fp8Format format) {
        FloatVector amax = amaxBits.reinterpretAsFloats();
        FloatVector exact = FloatVector.broadcast(Lanes.F, format.maximum()).div(amax);
        IntVector bounded = exact.reinterpretAsInts().min(Float.floatToRawIntBits(Float.MAX_VALUE));
        FloatVector power = bounded.and(0xFF80_0000).reinterpretAsFloats();
        VectorMask<Integer> unusable = amaxBits.compare(VectorOperators.EQ, 0)
                .or(amaxBits.compare(VectorOperators.GE, Float.floatToRawIntBits(Float.POSITIVE_INFINITY)));
        return power.blend(1f, unusable.cast(Lanes.F));
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
        Fp8Lanes format = lanes(out.format());
        workers.parallel(matrices * down, (task, worker) -> {
            int matrix = task / down;
            int firstRow = matrix * matrixRows + task % down * TILE;
            int endRow = Math.min((matrix + 1) * matrixRows, firstRow + TILE);
            for (int block = 0; block < across; block++) {
                int firstColumn = block * TILE;
                int endColumn = Math.min(columns, firstColumn + TILE);
                int amax = 0;
                for (int r = firstRow; r < endRow; r++) {
                    amax = Math.max(amax, amaxBits(from + 4L * r * columns, firstColumn, endColumn, 1f));
                }
                float multiplier = out.format().quantiseMultiplier(Float.intBitsToFloat(amax));
                Lanes.set(scales + 4L * ((long) task * across + block), Fp8Format.dequantiseScale(multiplier));
                for (int r = firstRow; r < endRow; r++) {
                    long row = (long) r * columns;
                    encodeRun(from + 4 * row, codes + row, firstColumn, endColumn, 1f, multiplier, format);
                }
            }
        });
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
