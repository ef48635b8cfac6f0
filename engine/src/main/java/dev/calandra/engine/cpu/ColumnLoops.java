package dev.calandra.engine.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** Inner loops of {@link ColumnEncoder} over the columns of one row, whole vectors of them; compiled each by itself. */
final class ColumnLoops {

    private static final int MAGNITUDE = 0x7FFF_FFFF;
    private static final int POWER_OF_TWO = 0xFF80_0000;
    private static final int INFINITY = 0x7F80_0000;

    private ColumnLoops() {}

    /** largest = max(largest, bits of |x|). */
    static void raise(long x, long largest, int columns) {
        for (int c = 0; c < columns; c += Lanes.N) {
            IntVector magnitude = Lanes.load(x + 4L * c).reinterpretAsInts().and(MAGNITUDE);
            Lanes.store(magnitude.max(Lanes.loadInts(largest + 4L * c)), largest + 4L * c);
        }
    }

    /** largest = max(largest, bits of |x·factor|). */
    static void raiseScaled(long x, float factor, long largest, int columns) {
        for (int c = 0; c < columns; c += Lanes.N) {
            IntVector magnitude =
                    Lanes.load(x + 4L * c).mul(factor).reinterpretAsInts().and(MAGNITUDE);
            Lanes.store(magnitude.max(Lanes.loadInts(largest + 4L * c)), largest + 4L * c);
        }
    }

    /** Bits of largest magnitudes become multipliers, as {@code Fp8Format.quantiseMultiplier} has them, and scales. */
    static void multipliers(long largest, long scales, float maximum, int columns) {
        for (int c = 0; c < columns; c += Lanes.N) {
            IntVector bits = Lanes.loadInts(largest + 4L * c);
            FloatVector exact = FloatVector.broadcast(Lanes.F, maximum).div(bits.reinterpretAsFloats());
            IntVector power = exact.reinterpretAsInts()
                    .min(Float.floatToRawIntBits(Float.MAX_VALUE))
                    .and(POWER_OF_TWO);
            VectorMask<Integer> zero = bits.compare(VectorOperators.EQ, 0);
            VectorMask<Integer> notFinite = bits.compare(VectorOperators.GE, INFINITY);
            FloatVector multiplier =
                    power.blend(Float.floatToRawIntBits(1f), zero.or(notFinite)).reinterpretAsFloats();
            Lanes.store(multiplier, largest + 4L * c);
            Lanes.store(FloatVector.broadcast(Lanes.F, 1f).div(multiplier), scales + 4L * c);
        }
    }

    /** Codes of x·multiplier, numbers no larger than the format's maximum. */
    static void encode(long x, long multipliers, long codes, int columns, Fp8Lanes lanes) {
        for (int c = 0; c < columns; c += Lanes.N) {
            FloatVector scaled = Lanes.load(x + 4L * c).mul(Lanes.load(multipliers + 4L * c));
            Lanes.storeBytes(lanes.encodeFinite(scaled), codes + c);
        }
    }

    /** Codes of x·factor·multiplier, numbers no larger than the format's maximum. */
    static void encodeScaled(long x, float factor, long multipliers, long codes, int columns, Fp8Lanes lanes) {
        for (int c = 0; c < columns; c += Lanes.N) {
            FloatVector scaled = Lanes.load(x + 4L * c).mul(factor).mul(Lanes.load(multipliers + 4L * c));
            Lanes.storeBytes(lanes.encodeFinite(scaled), codes + c);
        }
    }
}
