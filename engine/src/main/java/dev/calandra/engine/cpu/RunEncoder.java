package dev.calandra.engine.cpu;

import dev.calandra.engine.fp8.Fp8Format;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Encodes runs of neighbours that share a scale. Runs of finite numbers, which is all of them in a healthy model, take loops
 * that know nothing of clamping and NaN.
 */
final class RunEncoder {

    private static final int MAGNITUDE = 0x7FFF_FFFF;
    private static final int INFINITY = 0x7F80_0000;

    private final Fp8Format format;
    private final Fp8Lanes lanes;

    RunEncoder(Fp8Format format, Fp8Lanes lanes) {
        this.format = format;
        this.lanes = lanes;
    }

    /** Whether bits of a largest magnitude are those of a finite number, so that there is no NaN among the values either. */
    static boolean finite(int bits) {
        return bits < INFINITY;
    }

    /** What values of this largest magnitude, given by its bits, are multiplied by. */
    float multiplier(int bits) {
        return format.quantiseMultiplier(Float.intBitsToFloat(bits));
    }

    /** Bits of the largest magnitude of from[start..end)·factor: those of a NaN where there is one. */
    static int largest(long from, int start, int end, float factor) {
        int whole = start + (end - start) / Lanes.N * Lanes.N;
        int bits = factor == 1f ? largest(from, start, whole) : largestScaled(from, start, whole, factor);
        for (int i = whole; i < end; i++) {
            bits = Math.max(bits, Float.floatToRawIntBits(Lanes.get(from + 4L * i) * factor) & MAGNITUDE);
        }
        return bits;
    }

    private static int largest(long from, int start, int end) {
        IntVector largest = IntVector.zero(Lanes.I);
        for (int i = start; i < end; i += Lanes.N) {
            largest = largest.max(Lanes.load(from + 4L * i).reinterpretAsInts().and(MAGNITUDE));
        }
        return largest.reduceLanes(VectorOperators.MAX);
    }

    private static int largestScaled(long from, int start, int end, float factor) {
        IntVector largest = IntVector.zero(Lanes.I);
        for (int i = start; i < end; i += Lanes.N) {
            FloatVector x = Lanes.load(from + 4L * i).mul(factor);
            largest = largest.max(x.reinterpretAsInts().and(MAGNITUDE));
        }
        return largest.reduceLanes(VectorOperators.MAX);
    }

    /** Bits of the largest magnitude that is a number. */
    static int largestNumber(long from, int start, int end, float factor) {
        int largest = 0;
        for (int i = start; i < end; i++) {
            int magnitude = Float.floatToRawIntBits(Lanes.get(from + 4L * i) * factor) & MAGNITUDE;
            largest = magnitude > INFINITY ? largest : Math.max(largest, magnitude);
        }
        return largest;
    }

    /** Codes of from[start..end)·factor·multiplier, which are known to be numbers no larger than the format's maximum. */
    void encodeFinite(long from, long codes, int start, int end, float factor, float multiplier) {
        int whole = start + (end - start) / Lanes.N * Lanes.N;
        if (factor == 1f) {
            encodeWhole(from, codes, start, whole, multiplier);
        } else {
            encodeWholeScaled(from, codes, start, whole, factor, multiplier);
        }
        encodeAny(from, codes, whole, end, factor, multiplier);
    }

    private void encodeWhole(long from, long codes, int start, int end, float multiplier) {
        for (int i = start; i < end; i += Lanes.N) {
            Lanes.storeBytes(lanes.encodeFinite(Lanes.load(from + 4L * i).mul(multiplier)), codes + i);
        }
    }

    private void encodeWholeScaled(long from, long codes, int start, int end, float factor, float multiplier) {
        for (int i = start; i < end; i += Lanes.N) {
            FloatVector x = Lanes.load(from + 4L * i).mul(factor).mul(multiplier);
            Lanes.storeBytes(lanes.encodeFinite(x), codes + i);
        }
    }

    /** Codes of from[start..end)·factor·multiplier, one by one. */
    void encodeAny(long from, long codes, int start, int end, float factor, float multiplier) {
        for (int i = start; i < end; i++) {
            Lanes.setByte(codes + i, format.encode(Lanes.get(from + 4L * i) * factor * multiplier));
        }
    }
}
