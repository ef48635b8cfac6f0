package dev.calandra.trainer.model;

/**
 * Random numbers by counter: each is a function of seed, stream and index alone, so that any thread may ask for any of
 * them. The mixing is SplitMix64's finaliser (Steele, Lea & Flood, OOPSLA 2014), applied once for each of the three.
 *
 * @param seed of the run
 * @param stream what the numbers are for
 */
public record CounterRandom(long seed, long stream) {

    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;
    private static final double TO_UNIT = 0x1p-53;

    /** 64 random bits. */
    public long bits(long index) {
        long state = mix(seed + GOLDEN_GAMMA);
        state = mix(state + (stream + 1) * GOLDEN_GAMMA);
        return mix(state + (index + 1) * GOLDEN_GAMMA);
    }

    /** Uniform in [0, 1). */
    public double uniform(long index) {
        return (bits(index) >>> 11) * TO_UNIT;
    }

    /**
     * Standard normal numbers (Box & Muller 1958) of the indices from {@code first}, times a factor. Indices 2i and 2i + 1
     * share a pair of uniform numbers. {@code StrictMath}, because initial weights must be the same bits on every machine.
     *
     * @param first even
     */
    public void normals(long first, double factor, float[] out) {
        for (int i = 0; i < out.length; i += 2) {
            double radius = radius(first + i);
            double angle = angle(first + i);
            out[i] = (float) (factor * (radius * StrictMath.cos(angle)));
            if (i + 1 < out.length) {
                out[i + 1] = (float) (factor * (radius * StrictMath.sin(angle)));
            }
        }
    }

    private double radius(long pair) {
        // 1 - u is in (0, 1], where the logarithm is finite.
        return StrictMath.sqrt(-2 * StrictMath.log(1 - uniform(pair)));
    }

    private double angle(long pair) {
        return 2 * Math.PI * uniform(pair + 1);
    }

    private static long mix(long z) {
        long x = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        x = (x ^ (x >>> 27)) * 0x94D049BB133111EBL;
        return x ^ (x >>> 31);
    }
}
