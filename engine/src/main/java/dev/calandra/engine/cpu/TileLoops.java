package dev.calandra.engine.cpu;

import dev.calandra.engine.Fp8Tensor;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Inner loops of {@link TileEncoder} over whole tiles of a row, which vectors fill; compiled each by itself. */
final class TileLoops {

    private static final int TILE = Fp8Tensor.TILE;
    private static final int MAGNITUDE = 0x7FFF_FFFF;

    private TileLoops() {}

    /** Bits of the largest magnitude of each tile of x, those of a NaN where there is one; returns the largest of all. */
    static int largest(long x, int tiles, long out) {
        int highest = 0;
        for (int tile = 0; tile < tiles; tile++) {
            IntVector bits = IntVector.zero(Lanes.I);
            for (int i = tile * TILE; i < (tile + 1) * TILE; i += Lanes.N) {
                bits = bits.max(Lanes.load(x + 4L * i).reinterpretAsInts().and(MAGNITUDE));
            }
            int largest = bits.reduceLanes(VectorOperators.MAX);
            Lanes.setInt(out + 4L * tile, largest);
            highest = Math.max(highest, largest);
        }
        return highest;
    }

    /** The same of x·factor. */
    static int largestScaled(long x, float factor, int tiles, long out) {
        int highest = 0;
        for (int tile = 0; tile < tiles; tile++) {
            IntVector bits = IntVector.zero(Lanes.I);
            for (int i = tile * TILE; i < (tile + 1) * TILE; i += Lanes.N) {
                FloatVector scaled = Lanes.load(x + 4L * i).mul(factor);
                bits = bits.max(scaled.reinterpretAsInts().and(MAGNITUDE));
            }
            int largest = bits.reduceLanes(VectorOperators.MAX);
            Lanes.setInt(out + 4L * tile, largest);
            highest = Math.max(highest, largest);
        }
        return highest;
    }

    /** Codes of each tile's x·multiplier, numbers no larger than the format's maximum. */
    static void encode(long x, int tiles, long multipliers, long codes, Fp8Lanes lanes) {
        for (int tile = 0; tile < tiles; tile++) {
            float multiplier = Lanes.get(multipliers + 4L * tile);
            for (int i = tile * TILE; i < (tile + 1) * TILE; i += Lanes.N) {
                Lanes.storeBytes(lanes.encodeFinite(Lanes.load(x + 4L * i).mul(multiplier)), codes + i);
            }
        }
    }

    /** Codes of each tile's x·factor·multiplier, numbers no larger than the format's maximum. */
    static void encodeScaled(long x, float factor, int tiles, long multipliers, long codes, Fp8Lanes lanes) {
        for (int tile = 0; tile < tiles; tile++) {
            float multiplier = Lanes.get(multipliers + 4L * tile);
            for (int i = tile * TILE; i < (tile + 1) * TILE; i += Lanes.N) {
                FloatVector scaled = Lanes.load(x + 4L * i).mul(factor).mul(multiplier);
                Lanes.storeBytes(lanes.encodeFinite(scaled), codes + i);
            }
        }
    }
}
