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
    private static final int NORMAL_BITS = 35;
    private static final double TO_PROBABILITY = 0x1p-35;

    /** 64 random bits. */
    public long bits(long index) {
        return bits(start(), index);
    }

    /** Uniform in [0, 1). */
    public double uniform(long index) {
        return (bits(index) >>> 11) * TO_UNIT;
    }

    /**
     * Standard normal numbers of the indices from {@code first}, times a factor: the {@link NormalQuantile} of 35 random bits
     * and a half. So none is further out than 6.65, beyond which one in 3e10 would be; the bits are the same on every machine.
     */
    public void normals(long first, double factor, float[] out) {
        long start = start();
        for (int i = 0; i < out.length; i++) {
            double probability = ((bits(start, first + i) >>> (Long.SIZE - NORMAL_BITS)) + 0.5) * TO_PROBABILITY;
            out[i] = (float) (factor * NormalQuantile.of(probability));
        }
    }

    private long start() {
        return mix(mix(seed + GOLDEN_GAMMA) + (stream + 1) * GOLDEN_GAMMA);
    }

    private static long bits(long start, long index) {
        return mix(start + (index + 1) * GOLDEN_GAMMA);
    }

    private static long mix(long z) {
        long x = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        x = (x ^ (x >>> 27)) * 0x94D049BB133111EBL;
        return x ^ (x >>> 31);
    }
}
