package dev.calandra.engine.nd4j;

import dev.calandra.engine.Fp8Tensor;
import dev.calandra.engine.fp8.Fp8Format;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** FP8 matrices element by element through {@link Fp8Format}; nothing here depends on the layout but the tile map. */
final class Fp8Codec {

    private static final int STATISTICS = 6;

    private Fp8Codec() {}

    /**
     * Scales and codes of the values. Each value is rounded to F32 first, so that a row times its scale is the F32
     * product; a NaN does not count towards the largest magnitude of its tile and becomes a NaN code.
     *
     * @param values [rows, columns], row-major
     */
    static void encode(double[] values, TileMap tiles, Fp8Tensor out) {
        encode(values, 0, maxima(values, 0, tiles, out), tiles, out);
    }

    /**
     * Largest magnitude of each tile, as far as some rows tell.
     *
     * @param values of the rows, row-major
     * @param firstRow where they begin
     */
    static float[] maxima(double[] values, int firstRow, TileMap tiles, Fp8Tensor out) {
        int columns = out.columns();
        float[] maxima = new float[Math.toIntExact(out.scales().size())];
        for (int i = 0; i < values.length; i++) {
            float magnitude = Math.abs((float) values[i]);
            int tile = tiles.scaleOf(firstRow + i / columns, i % columns);
            if (magnitude > maxima[tile]) {
                maxima[tile] = magnitude;
            }
        }
        return maxima;
    }

    /** Codes of some rows, and all scales, by the largest magnitudes of the tiles. */
    static void encode(double[] values, int firstRow, float[] maxima, TileMap tiles, Fp8Tensor out) {
        int columns = out.columns();
        MemorySegment codes = out.codes().segment();
        for (int i = 0; i < values.length; i++) {
            int tile = tiles.scaleOf(firstRow + i / columns, i % columns);
            float multiplier = out.format().quantiseMultiplier(maxima[tile]);
            byte code = out.format().encode((float) values[i] * multiplier);
            codes.setAtIndex(ValueLayout.JAVA_BYTE, (long) firstRow * columns + i, code);
        }
        for (int tile = 0; tile < maxima.length; tile++) {
            float multiplier = out.format().quantiseMultiplier(maxima[tile]);
            out.scales().setFloat(tile, Fp8Format.dequantiseScale(multiplier));
        }
    }

    /** The values of the codes, exact. */
    static double[] decode(Fp8Tensor x, TileMap tiles) {
        MemorySegment codes = x.codes().segment();
        int columns = x.columns();
        double[] values = new double[Math.toIntExact(x.codes().size())];
        for (int i = 0; i < values.length; i++) {
            float scale = x.scales().getFloat(tiles.scaleOf(i / columns, i % columns));
            values[i] = (double) x.format().decode(codes.getAtIndex(ValueLayout.JAVA_BYTE, i)) * scale;
        }
        return values;
    }

    /** What {@link dev.calandra.engine.Kernels#quantisationHealth} says. */
    static double[] health(double[] values, Fp8Tensor encoded, TileMap tiles) {
        MemorySegment codes = encoded.codes().segment();
        byte maximum = encoded.format().encode(encoded.format().maximum());
        double[] decoded = decode(encoded, tiles);
        double[] statistics = new double[STATISTICS];
        for (int i = 0; i < values.length; i++) {
            int magnitude = codes.getAtIndex(ValueLayout.JAVA_BYTE, i) & 0x7F;
            boolean nonZero = values[i] != 0;
            statistics[0] += nonZero ? 1 : 0;
            statistics[1] += nonZero && magnitude == 0 ? 1 : 0;
            statistics[2] += magnitude == maximum ? 1 : 0;
            statistics[3] += values[i] * decoded[i];
            statistics[4] += values[i] * values[i];
            statistics[5] += decoded[i] * decoded[i];
        }
        return statistics;
    }
}
