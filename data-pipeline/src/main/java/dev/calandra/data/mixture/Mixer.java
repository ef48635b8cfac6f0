package dev.calandra.data.mixture;

/**
 * Counter-based random numbers: each is a function of its key alone, so any of them can be had at any time. The mixing step is the 64-bit
 * finalizer of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
 */
public final class Mixer {
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    private Mixer() {}

    /** 64 well-mixed bits of a sequence of numbers; the order of the numbers matters. */
    public static long mix(long... key) {
        long state = GOLDEN_GAMMA * (key.length + 1L);
        for (long part : key) {
            state = finish(state + GOLDEN_GAMMA ^ finish(part + GOLDEN_GAMMA));
        }
        return state;
    }

    static long finish(long value) {
        long z = value;
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
