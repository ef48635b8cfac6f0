package dev.calandra.engine.cpu;

import dev.calandra.engine.fp8.Fp8Format;

/**
 * Encodes one column tile: up to 128 rows, a scale for each column. What a column needs passes from loop to loop through
 * memory, for a vector that crosses a call becomes an object.
 */
final class ColumnEncoder {

    private static final int MAGNITUDE = 0x7FFF_FFFF;
    private static final int INFINITY = 0x7F80_0000;

    private final Fp8Format format;
    private final Fp8Lanes lanes;
    private final Rows source;
    private final int firstRow;
    private final int endRow;
    /** Address of a float for each column: bits of the largest magnitude, then the multiplier. */
    private final long work;

    ColumnEncoder(Fp8Format format, Fp8Lanes lanes, Rows source, ColumnTile tile, long work) {
        this.format = format;
        this.lanes = lanes;
        this.source = source;
        this.firstRow = tile.firstRow();
        this.endRow = tile.endRow();
        this.work = work;
    }

    /** Writes the tile's scales at {@code scales} and its codes into the matrix of codes at {@code codes}. */
    void encode(long codes, long scales) {
        int columns = source.columns();
        boolean finite = largest();
        multipliers(scales);
        int vectors = finite ? whole() : 0;
        for (int r = firstRow; r < endRow; r++) {
            long from = source.address(r);
            long to = codes + (long) r * columns;
            if (source.scale() == 0) {
                ColumnLoops.encode(from, work, to, vectors, lanes);
            } else {
                ColumnLoops.encodeScaled(from, source.factor(r), work, to, vectors, lanes);
            }
            encodeAny(from, source.factor(r), to, vectors);
        }
    }

    /** Columns that fill vectors. */
    private int whole() {
        return source.columns() / Lanes.N * Lanes.N;
    }

    /** Bits of each column's largest magnitude into {@code work}; whether all are finite numbers. */
    private boolean largest() {
        Lanes.zeroFloats(work, source.columns());
        for (int r = firstRow; r < endRow; r++) {
            if (source.scale() == 0) {
                ColumnLoops.raise(source.address(r), work, whole());
            } else {
                ColumnLoops.raiseScaled(source.address(r), source.factor(r), work, whole());
            }
        }
        int highest = RunEncoder.largest(work, 0, whole(), 1f);
        return scalarLargest(whole(), source.columns(), highest);
    }

    /** The columns that fill no vector; and if a value anywhere is not finite, all columns again, without NaN. */
    private boolean scalarLargest(int from, int columns, int highest) {
        int bits = highest;
        for (int c = from; c < columns; c++) {
            bits = Math.max(bits, scalarLargest(c));
        }
        if (bits < INFINITY) {
            return true;
        }
        for (int c = 0; c < columns; c++) {
            scalarLargest(c);
        }
        return false;
    }

    /** The largest magnitude among the numbers of a column into {@code work}; returns that of all, NaN included. */
    private int scalarLargest(int c) {
        int ofAll = 0;
        int ofNumbers = 0;
        for (int r = firstRow; r < endRow; r++) {
            float x = Lanes.get(source.address(r) + 4L * c) * source.factor(r);
            int bits = Float.floatToRawIntBits(x) & MAGNITUDE;
            ofAll = Math.max(ofAll, bits);
            ofNumbers = bits > INFINITY ? ofNumbers : Math.max(ofNumbers, bits);
        }
        Lanes.setInt(work + 4L * c, ofNumbers);
        return ofAll;
    }

    /** From largest magnitudes to multipliers and scales. */
    private void multipliers(long scales) {
        ColumnLoops.multipliers(work, scales, format.maximum(), whole());
        for (int c = whole(); c < source.columns(); c++) {
            float multiplier = format.quantiseMultiplier(Lanes.get(work + 4L * c));
            Lanes.set(work + 4L * c, multiplier);
            Lanes.set(scales + 4L * c, Fp8Format.dequantiseScale(multiplier));
        }
    }

    private void encodeAny(long from, float factor, long to, int first) {
        for (int c = first; c < source.columns(); c++) {
            float x = Lanes.get(from + 4L * c) * factor * Lanes.get(work + 4L * c);
            Lanes.setByte(to + c, format.encode(x));
        }
    }
}
