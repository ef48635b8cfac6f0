package dev.calandra.engine.nd4j;

/** bfloat16: the upper half of a float. */
final class Bf16 {

    private static final int LOW_BITS = 16;

    private Bf16() {}

    /** Nearest, ties to even; NaN stays NaN. */
    static short encode(float x) {
        int bits = Float.floatToRawIntBits(x);
        if (Float.isNaN(x)) {
            int quiet = bits | 0x0040_0000;
            return (short) (quiet >>> LOW_BITS);
        }
        int lastKeptBit = (bits >>> LOW_BITS) & 1;
        return (short) ((bits + 0x7FFF + lastKeptBit) >>> LOW_BITS);
    }

    /** Exact. */
    static float decode(short code) {
        return Float.intBitsToFloat(code << LOW_BITS);
    }
}
