package dev.calandra.engine.cpu;

/** BF16 as the upper half of a float, rounded to nearest, ties to even. */
final class Bf16 {

    private static final int QUIET_BIT = 0x40;

    private Bf16() {}

    static short encode(float x) {
        int bits = Float.floatToRawIntBits(x);
        if (Float.isNaN(x)) {
            return (short) (bits >>> 16 | QUIET_BIT);
        }
        return (short) (bits + 0x7FFF + (bits >>> 16 & 1) >>> 16);
    }

    static float decode(short code) {
        return Float.intBitsToFloat(code << 16);
    }
}
