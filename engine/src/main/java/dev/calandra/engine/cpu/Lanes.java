package dev.calandra.engine.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * Vectors of the machine's preferred width at raw addresses, and the few functions on them that the library lacks: a sum
 * of fixed order, an exponential that gives the same bits everywhere.
 */
final class Lanes {

    static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
    static final VectorSpecies<Integer> I = VectorSpecies.of(int.class, F.vectorShape());
    static final VectorSpecies<Short> S = VectorSpecies.of(short.class, F.vectorShape());
    /** Floats in a vector. */
    static final int N = F.length();

    /** All memory, so that an address is an offset. */
    private static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private static final ByteOrder ORDER = ByteOrder.nativeOrder();
    private static final VectorSpecies<Byte> B =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, N * Byte.SIZE)));
    /** Bytes for as many shorts as a vector holds. */
    private static final VectorSpecies<Byte> HALF =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(F.vectorBitSize() / 2));

    private static final VectorMask<Byte> FIRST_BYTES = B.indexInRange(0, N);
    private static final boolean BYTES_FIT = B.length() == N;

    /** Constants, because a shuffle made in a loop is an object made in a loop. Unused ones of narrow vectors wrap. */
    private static final VectorShuffle<Float> BY_8 = VectorShuffle.iota(F, 8, 1, true);

    private static final VectorShuffle<Float> BY_4 = VectorShuffle.iota(F, 4, 1, true);
    private static final VectorShuffle<Float> BY_2 = VectorShuffle.iota(F, 2, 1, true);
    private static final VectorShuffle<Float> BY_1 = VectorShuffle.iota(F, 1, 1, true);

    private static final float LOG2_E = 1.44269504f;
    /** 1.5·2^23: adding it leaves the nearest integer in the low bits. */
    private static final float ROUNDER = 12582912f;

    private static final float LN2_HIGH = 0.693359375f;
    private static final float LN2_LOW = -2.12194440e-4f;
    private static final float EXP_LOWEST = -87.33654f;
    private static final float EXP_HIGHEST = 88.37626f;

    private Lanes() {}

    static FloatVector load(long address) {
        return FloatVector.fromMemorySegment(F, ALL, address, ORDER);
    }

    static FloatVector load(long address, VectorMask<Float> mask) {
        return FloatVector.fromMemorySegment(F, ALL, address, ORDER, mask);
    }

    static void store(FloatVector v, long address) {
        v.intoMemorySegment(ALL, address, ORDER);
    }

    static void store(FloatVector v, long address, VectorMask<Float> mask) {
        v.intoMemorySegment(ALL, address, ORDER, mask);
    }

    static float get(long address) {
        return ALL.get(ValueLayout.JAVA_FLOAT_UNALIGNED, address);
    }

    static void set(long address, float value) {
        ALL.set(ValueLayout.JAVA_FLOAT_UNALIGNED, address, value);
    }

    static int getInt(long address) {
        return ALL.get(ValueLayout.JAVA_INT_UNALIGNED, address);
    }

    static void setInt(long address, int value) {
        ALL.set(ValueLayout.JAVA_INT_UNALIGNED, address, value);
    }

    static byte getByte(long address) {
        return ALL.get(ValueLayout.JAVA_BYTE, address);
    }

    static void setByte(long address, byte value) {
        ALL.set(ValueLayout.JAVA_BYTE, address, value);
    }

    static short getShort(long address) {
        return ALL.get(ValueLayout.JAVA_SHORT_UNALIGNED, address);
    }

    static void setShort(long address, short value) {
        ALL.set(ValueLayout.JAVA_SHORT_UNALIGNED, address, value);
    }

    static void setDouble(long address, double value) {
        ALL.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, address, value);
    }

    static void copyFloats(long from, long to, long count) {
        MemorySegment.copy(ALL, from, ALL, to, count * Float.BYTES);
    }

    static void copyBytes(long from, long to, long count) {
        MemorySegment.copy(ALL, from, ALL, to, count);
    }

    static void zeroFloats(long address, long count) {
        ALL.asSlice(address, count * Float.BYTES).fill((byte) 0);
    }

    /** N bytes, zero-extended. */
    static IntVector loadBytes(long address) {
        ByteVector bytes = BYTES_FIT
                ? ByteVector.fromMemorySegment(B, ALL, address, ORDER)
                : ByteVector.fromMemorySegment(B, ALL, address, ORDER, FIRST_BYTES);
        return (IntVector) bytes.convertShape(VectorOperators.ZERO_EXTEND_B2I, I, 0);
    }

    /** As many bytes as a vector has shorts, zero-extended. */
    static ShortVector loadShorts(long address) {
        ByteVector bytes = ByteVector.fromMemorySegment(HALF, ALL, address, ORDER);
        return (ShortVector) bytes.convertShape(VectorOperators.ZERO_EXTEND_B2S, S, 0);
    }

    static IntVector loadInts(long address) {
        return IntVector.fromMemorySegment(I, ALL, address, ORDER);
    }

    static void store(IntVector v, long address) {
        v.intoMemorySegment(ALL, address, ORDER);
    }

    static void store(ShortVector v, long address) {
        v.intoMemorySegment(ALL, address, ORDER);
    }

    /** The low bytes of N ints. */
    static void storeBytes(IntVector v, long address) {
        ByteVector bytes = (ByteVector) v.convertShape(VectorOperators.I2B, B, 0);
        if (BYTES_FIT) {
            bytes.intoMemorySegment(ALL, address, ORDER);
        } else {
            bytes.intoMemorySegment(ALL, address, ORDER, FIRST_BYTES);
        }
    }

    /** Mask of the lanes of a vector at i that lie below n. It is computed anew: a mask chosen at run time would be an object. */
    static VectorMask<Float> below(int i, int n) {
        return F.indexInRange(i, n);
    }

    /** Sum of all lanes by halving: a fixed tree, unlike {@code reduceLanes}, whose order may change with the JIT. */
    static float sum(FloatVector v) {
        FloatVector folded = v;
        if (N > 8) {
            folded = folded.add(folded.rearrange(BY_8));
        }
        if (N > 4) {
            folded = folded.add(folded.rearrange(BY_4));
        }
        if (N > 2) {
            folded = folded.add(folded.rearrange(BY_2));
        }
        folded = folded.add(folded.rearrange(BY_1));
        return folded.lane(0);
    }

    /**
     * e^x within about one unit in the last place, by the same float operations on every machine: argument reduction by
     * ln 2 in two parts and the degree-6 polynomial of Cephes. Arguments are clamped to the range of normal floats.
     */
    static FloatVector exp(FloatVector x) {
        FloatVector clamped = atMost(atLeast(x, EXP_LOWEST), EXP_HIGHEST);
        FloatVector shifted = clamped.mul(LOG2_E).add(ROUNDER);
        FloatVector n = shifted.sub(ROUNDER);
        FloatVector r = n.fma(FloatVector.broadcast(F, -LN2_HIGH), clamped);
        r = n.fma(FloatVector.broadcast(F, -LN2_LOW), r);
        FloatVector p = r.fma(FloatVector.broadcast(F, 1.9875691500e-4f), FloatVector.broadcast(F, 1.3981999507e-3f));
        p = p.fma(r, FloatVector.broadcast(F, 8.3334519073e-3f));
        p = p.fma(r, FloatVector.broadcast(F, 4.1665795894e-2f));
        p = p.fma(r, FloatVector.broadcast(F, 1.6666665459e-1f));
        p = p.fma(r, FloatVector.broadcast(F, 5.0000001201e-1f));
        p = p.fma(r.mul(r), r).add(1f);
        IntVector scaled = p.reinterpretAsInts().add(shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23));
        return scaled.reinterpretAsFloats();
    }

    /** The larger of each lane and a bound; NaN stays. Two instructions, where the library's max heeds the zeros' signs in six. */
    private static FloatVector atLeast(FloatVector x, float bound) {
        return x.blend(bound, x.compare(VectorOperators.LT, bound));
    }

    private static FloatVector atMost(FloatVector x, float bound) {
        return x.blend(bound, x.compare(VectorOperators.GT, bound));
    }

    /** The larger of each pair of lanes; a NaN in b is passed over. */
    static FloatVector larger(FloatVector a, FloatVector b) {
        return a.blend(b, b.compare(VectorOperators.GT, a));
    }
}
