package dev.calandra.engine.cpu;

import dev.calandra.engine.fp8.Fp8Format;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * Encodes one column tile: up to 128 rows, a scale for each column. What a column needs passes from loop to loop through
 * memory, for a vector that crosses a call which is not inlined becomes an object.
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
        int vectors = finite ? columns / Lanes.N * Lanes.N : 0;
        for (int r = firstRow; r < endRow; r++) {
            long from = source.address(r);
            long to = codes + (long) r * columns;
            if (source.scale() == 0) {
                encodeFinite(from, to, vectors);
            } else {
                encodeFinite(from, source.factor(r), to, vectors);
            }
            encodeAny(from, source.factor(r), to, vectors);
        }
    }

    /** Bits of each column's largest magnitude into {@code work}; whether all are finite numbers. */
    private boolean largest() {
        int columns = source.columns();
        int whole = columns / Lanes.N * Lanes.N;
        Lanes.zeroFloats(work, columns);
        for (int r = firstRow; r < endRow; r++) {
            if (source.scale() == 0) {
                raise(source.address(r), whole);
            } else {
                raise(source.address(r), source.factor(r), whole);
            }
        }
        int highest = RunEncoder.largest(work, 0, whole, 1f);
        return scalarLargest(whole, columns, highest);
    }

    private void raise(long from, int columns) {
        for (int c = 0; c < columns; c += Lanes.N) {
            IntVector magnitude = Lanes.load(from + 4L * c).reinterpretAsInts().and(MAGNITUDE);
            Lanes.store(magnitude.max(Lanes.loadInts(work + 4L * c)), work + 4L * c);
        }
    }

    private void raise(long from, float factor, int columns) {
        for (int c = 0; c < columns; c += Lanes.N) {
            IntVector magnitude =
                    Lanes.load(from + 4L * c).mul(factor).reinterpretAsInts().and(MAGNITUDE);
            Lanes.store(magnitude.max(Lanes.loadInts(work + 4L * c)), work + 4L * c);
        }
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

    /** From largest magnitudes to multipliers and scales, {@link Fp8Format#quantiseMultiplier} of each column. */
    private void multipliers(long scales) {
        int columns = source.columns();
        for (int c = 0; c < columns; c += Lanes.N) {
            VectorMask<Float> mask = Lanes.below(c, columns);
            FloatVector largest = Lanes.load(work + 4L * c, mask);
            IntVector bits = largest.reinterpretAsInts();
            FloatVector exact = FloatVector.broadcast(Lanes.F, format.maximum()).div(largest);
            IntVector bounded = exact.reinterpretAsInts().min(Float.floatToRawIntBits(Float.MAX_VALUE));
            FloatVector power = bounded.and(0xFF80_0000).reinterpretAsFloats();
            VectorMask<Integer> unusable =
                    bits.compare(VectorOperators.EQ, 0).or(bits.compare(VectorOperators.GE, INFINITY));
            FloatVector multiplier = power.blend(1f, unusable.cast(Lanes.F));
            Lanes.store(multiplier, work + 4L * c, mask);
            Lanes.store(FloatVector.broadcast(Lanes.F, 1f).div(multiplier), scales + 4L * c, mask);
        }
    }

    private void encodeFinite(long from, long to, int columns) {
        for (int c = 0; c < columns; c += Lanes.N) {
            FloatVector x = Lanes.load(from + 4L * c).mul(Lanes.load(work + 4L * c));
            Lanes.storeBytes(lanes.encodeFinite(x), to + c);
        }
    }

    private void encodeFinite(long from, float factor, long to, int columns) {
        for (int c = 0; c < columns; c += Lanes.N) {
            FloatVector x = Lanes.load(from + 4L * c).mul(factor).mul(Lanes.load(work + 4L * c));
            Lanes.storeBytes(lanes.encodeFinite(x), to + c);
        }
    }

    private void encodeAny(long from, float factor, long to, int first) {
        for (int c = first; c < source.columns(); c++) {
            float x = Lanes.get(from + 4L * c) * factor * Lanes.get(work + 4L * c);
            Lanes.setByte(to + c, format.encode(x));
        }
    }
}
