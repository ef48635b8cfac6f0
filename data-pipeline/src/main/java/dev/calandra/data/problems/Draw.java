package dev.calandra.data.problems;

import dev.calandra.data.mixture.Mixer;
import java.util.List;

/** The random choices of one problem: the n-th is a function of (seed, index of the problem, n). */
final class Draw {
    private final long seed;
    private final long index;
    private long used;

    Draw(long seed, long index) {
        this.seed = seed;
        this.index = index;
    }

    /** A whole number from low to high, both included. */
    int between(int low, int high) {
        return low + (int) Long.remainderUnsigned(Mixer.mix(seed, index, used++), high - low + 1L);
    }

    /** A number of exactly so many decimal digits. */
    int withDigits(int digits) {
        int smallest = 1;
        for (int i = 1; i < digits; i++) {
            smallest *= 10;
        }
        return between(digits == 1 ? 2 : smallest, 10 * smallest - 1);
    }

    <T> T pick(List<T> choices) {
        return choices.get(between(0, choices.size() - 1));
    }

    String oneOf(String... choices) {
        return choices[between(0, choices.length - 1)];
    }

    boolean coin() {
        return between(0, 1) == 1;
    }
}
