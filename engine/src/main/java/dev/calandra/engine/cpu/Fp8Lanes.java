package dev.calandra.engine.cpu;

import dev.calandra.engine.fp8.Fp8Format;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** {@link Fp8Format} on vectors: the same bytes and values, by integer arithmetic. */
final class Fp8Lanes {

    private static final int FLOAT_MANTISSA_BITS = 23;
    private static final int FLOAT_BIAS = 127;

    private final float maximum;
    private final int shift;
    private final int rebias;
    private final int smallestNormal;
    private final int magic;
    private final int roundingBias;
    private final float smallestNormalValue;
    private final int specialFrom;
    private final int normalFrom;

    Fp8Lanes(Fp8Format format) {
        maximum = format.maximum();
        shift = FLOAT_MANTISSA_BITS - format.mantissaBits();
        rebias = (FLOAT_BIAS - format.bias()) << FLOAT_MANTISSA_BITS;
        smallestNormal = rebias + (1 << FLOAT_MANTISSA_BITS);
        magic = (FLOAT_BIAS - format.bias() + shift + 1) << FLOAT_MANTISSA_BITS;
        roundingBias = (1 << (shift - 1)) - 1;
        smallestNormalValue = Float.intBitsToFloat(smallestNormal);
        specialFrom = (format == Fp8Format.E4M3 ? 0x7F : 0x7C) << shift;
        normalFrom = 1 << FLOAT_MANTISSA_BITS;
    }

    /** Codes in the low byte of each lane. */
    IntVector encode(FloatVector x) {
        IntVector bits = x.reinterpretAsInts();
        IntVector sign = bits.lanewise(VectorOperators.LSHR, 24).and(0x80);
        IntVector magnitude = bits.and(0x7FFF_FFFF);
        VectorMask<Integer> nan = magnitude.compare(VectorOperators.GT, 0x7F80_0000);
        // Floats of one sign are ordered as their bits are; NaN is put right at the end.
        IntVector clamped = magnitude.min(Float.floatToRawIntBits(maximum));
        IntVector small = clamped.reinterpretAsFloats()
                .add(Float.intBitsToFloat(magic))
                .reinterpretAsInts()
                .sub(magic);
        IntVector lastKept = clamped.lanewise(VectorOperators.LSHR, shift).and(1);
        IntVector normal = clamped.add(roundingBias - rebias).add(lastKept).lanewise(VectorOperators.LSHR, shift);
        VectorMask<Integer> subnormal = clamped.compare(VectorOperators.LT, smallestNormal);
        return normal.blend(small, subnormal).blend(0x7F, nan).or(sign);
    }

    /** Values of codes in the low byte of each lane. */
    FloatVector decode(IntVector codes) {
        IntVector sign = codes.and(0x80).lanewise(VectorOperators.LSHL, 24);
        IntVector magnitude = codes.and(0x7F).lanewise(VectorOperators.LSHL, shift);
        // A subnormal is read as if its exponent were the smallest normal's, and the implicit one subtracted: no slow
        // float subnormals on the way.
        VectorMask<Integer> subnormal = magnitude.compare(VectorOperators.LT, normalFrom);
        VectorMask<Integer> special = magnitude.compare(VectorOperators.GE, specialFrom);
        IntVector biased = magnitude.add(rebias).add(normalFrom, subnormal);
        biased = biased.lanewise(VectorOperators.OR, 0x7F80_0000, special);
        FloatVector value = biased.reinterpretAsFloats();
        value = value.sub(smallestNormalValue, subnormal.cast(Lanes.F));
        return value.reinterpretAsInts().or(sign).reinterpretAsFloats();
    }

    /** Value of the code at an address. */
    float decodeOne(long address) {
        return decode(IntVector.broadcast(Lanes.I, Lanes.getByte(address) & 0xFF))
                .lane(0);
    }
}
