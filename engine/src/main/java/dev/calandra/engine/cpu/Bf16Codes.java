package dev.calandra.engine.cpu;

import dev.calandra.engine.fp8.Fp8Format;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * E4M3 codes times a power of two, as BF16, by 16-bit integer arithmetic: an E4M3 number with its exponent put right is the
 * BF16 number; the seven subnormal ones are looked up.
 */
final class Bf16Codes {

    private static final int N = Lanes.S.length();

    private static final int BF16_MANTISSA_BITS = 7;
    private static final int MANTISSA_SHIFT = BF16_MANTISSA_BITS - Fp8Format.E4M3.mantissaBits();
    private static final int FLOAT_BIAS = 127;
    private static final int REBIAS = (FLOAT_BIAS - Fp8Format.E4M3.bias()) << BF16_MANTISSA_BITS;
    private static final short NAN = 0x7FC0;
    private static final short NAN_CODE = 0x7F;
    private static final short SUBNORMALS = 8;

    /** BF16 bits of the codes 0 to 7, and over again to the vector's length. */
    private static final short[] SMALL = small();

    /** Exponents of scales with which every non-zero code is a normal BF16 number. */
    private static final int LOWEST_EXPONENT = -110;

    private static final int HIGHEST_EXPONENT = 110;

    private Bf16Codes() {}

    private static short[] small() {
        short[] bits = new short[N];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Bf16.encode(Fp8Format.E4M3.decode((byte) (i % SUBNORMALS)));
        }
        return bits;
    }

    /** The exponent of a power of two. */
    static int exponent(float powerOfTwo) {
        return (Float.floatToRawIntBits(powerOfTwo) >>> 23) - FLOAT_BIAS;
    }

    /** Whether the functions below can multiply by the power of two of this exponent. */
    static boolean inRange(int exponent) {
        return exponent >= LOWEST_EXPONENT && exponent <= HIGHEST_EXPONENT;
    }

    /** Exponents of the scales, in the place they have in BF16; whether all are in range. */
    static boolean exponents(long scales, short[] exponents) {
        int outside = 0;
        for (int c = 0; c < exponents.length; c++) {
            int exponent = exponent(Lanes.get(scales + 4L * c));
            outside += inRange(exponent) ? 0 : 1;
            exponents[c] = (short) (exponent << BF16_MANTISSA_BITS);
        }
        return outside == 0;
    }

    /** Decodes from start on, to out + 2·column, as long as whole vectors fit before end; returns where it stopped. */
    static int decodeRun(long codes, int start, int end, int exponent, long out) {
        ShortVector scale = ShortVector.broadcast(Lanes.S, (short) (exponent << BF16_MANTISSA_BITS));
        int c = start;
        for (; c <= end - N; c += N) {
            Lanes.store(decode(Lanes.loadShorts(codes + c), scale), out + 2L * c);
        }
        return c;
    }

    /** Decodes a row with a scale for each column as far as whole vectors fit; returns where it stopped. */
    static int decodeAcross(long codes, short[] exponents, long out) {
        int c = 0;
        for (; c <= exponents.length - N; c += N) {
            ShortVector scale = ShortVector.fromArray(Lanes.S, exponents, c);
            Lanes.store(decode(Lanes.loadShorts(codes + c), scale), out + 2L * c);
        }
        return c;
    }

    /** Codes in the low bytes, exponents in BF16's place. */
    private static ShortVector decode(ShortVector codes, ShortVector exponent) {
        ShortVector sign = codes.and((short) 0x80).lanewise(VectorOperators.LSHL, 8);
        ShortVector magnitude = codes.and((short) 0x7F);
        ShortVector normal =
                magnitude.lanewise(VectorOperators.LSHL, MANTISSA_SHIFT).add((short) REBIAS);
        VectorMask<Short> subnormal = magnitude.compare(VectorOperators.LT, SUBNORMALS);
        ShortVector looked =
                magnitude.and((short) (SUBNORMALS - 1)).selectFrom(ShortVector.fromArray(Lanes.S, SMALL, 0));
        ShortVector value = normal.blend(looked, subnormal);
        value = value.add(exponent, magnitude.compare(VectorOperators.NE, (short) 0));
        return value.blend(NAN, magnitude.compare(VectorOperators.EQ, NAN_CODE)).or(sign);
    }
}
