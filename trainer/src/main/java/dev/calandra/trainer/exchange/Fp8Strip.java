package dev.calandra.trainer.exchange;

import dev.calandra.engine.fp8.Fp8Format;
import dev.calandra.trainer.model.StoredWeights;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * 128 rows of a matrix (the last strip has fewer) as E4M3 codes with a power-of-two scale for every 128 columns.
 *
 * <p>The values are those that training in {@code fp8_blockwise} computes with. One thing is settled here that the quantiser leaves open: when
 * rounding has left no code above 224, the same values fit under half the scale, and are written so. Values that came out of FP8 go back to the
 * same bytes then, however often they travel.
 *
 * @param codes row-major, little-endian
 * @param scales one for each block; F32
 */
record Fp8Strip(ByteBuffer codes, ByteBuffer scales) {

    private static final Fp8Format FORMAT = Fp8Format.E4M3;

    /** The code of 224, the largest whose double is a code. */
    private static final int LARGEST_HALF = 0x76;

    /** @param values [rows, columns] at the start of the array */
    static Fp8Strip encode(float[] values, int rows, int columns) {
        byte[] codes = new byte[rows * columns];
        ByteBuffer scales = ByteBuffer.allocate((int) StoredWeights.blocks(columns) * Float.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN);
        for (int from = 0; from < columns; from += StoredWeights.BLOCK) {
            int to = Math.min(columns, from + StoredWeights.BLOCK);
            scales.putFloat(encodeBlock(values, rows, columns, from, to, codes));
        }
        return new Fp8Strip(ByteBuffer.wrap(codes), scales.flip());
    }

    /** Encodes some columns, and returns what their codes are to be multiplied by. */
    private static float encodeBlock(float[] values, int rows, int columns, int from, int to, byte[] codes) {
        float amax = 0;
        for (int r = 0; r < rows; r++) {
            for (int i = r * columns + from; i < r * columns + to; i++) {
                amax = Math.max(amax, Math.abs(values[i]));
            }
        }
        float multiplier = FORMAT.quantiseMultiplier(amax);
        int largest = 0;
        for (int r = 0; r < rows; r++) {
            for (int i = r * columns + from; i < r * columns + to; i++) {
                codes[i] = FORMAT.encode(values[i] * multiplier);
                largest = Math.max(largest, codes[i] & 0x7F);
            }
        }
        float scale = Fp8Format.dequantiseScale(multiplier);
        if (largest == 0 || largest > LARGEST_HALF || scale / 2 < Float.MIN_NORMAL) {
            return scale;
        }
        for (int r = 0; r < rows; r++) {
            for (int i = r * columns + from; i < r * columns + to; i++) {
                codes[i] = FORMAT.encode(2 * FORMAT.decode(codes[i]));
            }
        }
        return scale / 2;
    }
}
