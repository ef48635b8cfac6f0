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

    private final int shift;
    private final int rebias;
    private final int smallestNormal;
    private final int rounderExponent;
    private final float smallestNormalValue;
    private final int specialFrom;
    private final int normalFrom;

    Fp8Lanes(Fp8Format format) {
        shift = FLOAT_MANTISSA_BITS - format.mantissaBits();
        rebias = (FLOAT_BIAS - format.bias()) << FLOAT_MANTISSA_BITS;
        smallestNormal = rebias + (1 << FLOAT_MANTISSA_BITS);
        rounderExponent = shift << FLOAT_MANTISSA_BITS;
        smallestNormalValue = Float.intBitsToFloat(smallestNormal);
        specialFrom = (format == Fp8Format.E4M3 ? 0x7F : 0x7C) << shift;
        normalFrom = 1 << FLOAT_MANTISSA_BITS;
    }

    /**
     * Codes, in the low byte of each lane, of numbers no larger than the format's maximum. Adding 2^(e + shift), with e the
     * number's exponent or that of the smallest normal one, leaves the mantissa in the sum's last bits, rounded to nearest
     * even by the addition itself.
     */
    IntVector encodeFinite(FloatVector x) {
        IntVector bits = x.reinterpretAsInts();
        IntVector magnitude = bits.and(0x7FFF_FFFF);
        IntVector exponent = bits.and(0x7F80_0000).max(smallestNormal);
        IntVector rounder = exponent.add(rounderExponent);
        IntVector mantissa = magnitude
                .reinterpretAsFloats()
                .add(rounder.reinterpretAsFloats())
                .reinterpretAsInts()
                .sub(rounder);
        IntVector code = exponent.sub(smallestNormal)
                .lanewise(VectorOperators.LSHR, shift)
                .add(mantissa);
        return code.or(bits.lanewise(VectorOperators.LSHR, 24).and(0x80));
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
