package dev.calandra.engine.fp8;

/**
 * The two 8-bit formats of Micikevicius et al., "FP8 formats for deep learning" (arXiv 2209.05433): E4M3 without
 * infinities (maximum 448) and E5M2 (maximum 57344).
 *
 * <p>{@link #encode} rounds to nearest, ties to even, honours subnormals, keeps the sign of zero and saturates: finite
 * values and infinities beyond the maximum become the maximum; NaN becomes {@code 0x7F} with its sign. With the clamp
 * done here the bytes are the same on every PyTorch version, TransformerEngine and Triton, apart from the sign of NaN.
 */
public enum Fp8Format {
    E4M3(4, 3, 448f),
    E5M2(5, 2, 57344f);

    private static final int FLOAT_MANTISSA_BITS = 23;
    private static final int FLOAT_BIAS = 127;
    private static final int NAN_CODE = 0x7F;

    private final int mantissaBits;
    private final int bias;
    private final float maximum;

    Fp8Format(int exponentBits, int mantissaBits, float maximum) {
        this.mantissaBits = mantissaBits;
        this.bias = (1 << (exponentBits - 1)) - 1;
        this.maximum = maximum;
    }

    /** Largest finite value. */
    public float maximum() {
        return maximum;
    }

    public int mantissaBits() {
        return mantissaBits;
    }

    /** Exponent bias: 7 for E4M3, 15 for E5M2. */
    public int bias() {
        return bias;
    }

    /** The code of x, saturating; see the class comment. */
    public byte encode(float x) {
        int bits = Float.floatToRawIntBits(x);
        int sign = (bits >>> 24) & 0x80;
        int magnitude = bits & 0x7FFF_FFFF;
        if (magnitude > 0x7F80_0000) {
            return (byte) (sign | NAN_CODE);
        }
        float clamped = Math.min(Float.intBitsToFloat(magnitude), maximum);
        return (byte) (sign | encodeMagnitude(clamped));
    }

    /** Code of 0 <= x <= maximum; rounding alone, which tests hold against casts that do not saturate. */
    int encodeMagnitude(float x) {
        int shift = FLOAT_MANTISSA_BITS - mantissaBits;
        int bits = Float.floatToRawIntBits(x);
        if (bits < (FLOAT_BIAS - bias + 1) << FLOAT_MANTISSA_BITS) {
            // Below the smallest normal: adding 2^(1 - bias + shift) puts the code's last bit at the float's last bit,
            // so that the addition itself rounds to nearest even.
            int magic = (FLOAT_BIAS - bias + shift + 1) << FLOAT_MANTISSA_BITS;
            return Float.floatToRawIntBits(x + Float.intBitsToFloat(magic)) - magic;
        }
        int rebiased = bits - ((FLOAT_BIAS - bias) << FLOAT_MANTISSA_BITS);
        int lastKeptBit = (bits >>> shift) & 1;
        return (rebiased + (1 << (shift - 1)) - 1 + lastKeptBit) >>> shift;
    }

    /** The value of a code, exact. */
    public float decode(byte code) {
        int magnitude = code & 0x7F;
        float sign = code < 0 ? -1f : 1f;
        if (this == E4M3 ? magnitude == NAN_CODE : magnitude > 0x7C) {
            return Float.NaN;
        }
        if (this == E5M2 && magnitude == 0x7C) {
            return sign * Float.POSITIVE_INFINITY;
        }
        int mantissa = magnitude & ((1 << mantissaBits) - 1);
        int exponent = magnitude >>> mantissaBits;
        if (exponent == 0) {
            return sign * Math.scalb((float) mantissa, 1 - bias - mantissaBits);
        }
        return sign * Math.scalb((float) (mantissa + (1 << mantissaBits)), exponent - bias - mantissaBits);
    }

    /**
     * What the values of a tile are multiplied by before encoding: maximum/amax rounded down to a power of two; 1 for an
     * amax of zero or one that is not finite. TransformerEngine's blockwise convention with its defaults (epsilon 0,
     * power-of-two scales); with powers of two every convention in use gives the same codes, and scaling is exact.
     *
     * @param amax largest magnitude of the tile
     */
    public float quantiseMultiplier(float amax) {
        return powerOfTwoAtMost(exactMultiplier(amax));
    }

    /** As {@link #quantiseMultiplier} without rounding to a power of two. */
    public float exactMultiplier(float amax) {
        if (!(amax > 0) || amax == Float.POSITIVE_INFINITY) {
            return 1f;
        }
        return Math.min(maximum / amax, Float.MAX_VALUE);
    }

    /** What decoded codes are multiplied by: the multiplier's reciprocal, correctly rounded. */
    public static float dequantiseScale(float multiplier) {
        return (float) (1.0 / multiplier);
    }

    private static float powerOfTwoAtMost(float x) {
        return Float.intBitsToFloat(Float.floatToRawIntBits(x) & 0xFF80_0000);
    }
}
