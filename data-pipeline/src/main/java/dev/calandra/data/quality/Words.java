package dev.calandra.data.quality;

import java.util.Arrays;

/**
 * A text as the hashes of its words: runs of letters and digits in lower case; everything else only separates. Sequences of words are
 * compared by 64-bit hashes, so two different ones agree once in 10^19.
 */
final class Words {
    private static final long PRIME = 0x100000001B3L;
    private static final long START = 0xCBF29CE484222325L;

    private final long[] hashes;

    private Words(long[] hashes) {
        this.hashes = hashes;
    }

    static Words of(String text) {
        long[] hashes = new long[text.length() / 5 + 8];
        int count = 0;
        long hash = START;
        boolean inside = false;
        for (int i = 0; i < text.length(); ) {
            int c = text.codePointAt(i);
            i += Character.charCount(c);
            if (Character.isLetterOrDigit(c)) {
                hash = (hash ^ Character.toLowerCase(c)) * PRIME;
                inside = true;
            } else if (inside) {
                hashes = count == hashes.length ? Arrays.copyOf(hashes, 2 * count) : hashes;
                hashes[count++] = mix(hash);
                hash = START;
                inside = false;
            }
        }
        if (inside) {
            hashes = count == hashes.length ? Arrays.copyOf(hashes, count + 1) : hashes;
            hashes[count++] = mix(hash);
        }
        return new Words(Arrays.copyOf(hashes, count));
    }

    int count() {
        return hashes.length;
    }

    /** Hashes of all sequences of n words, in order; none when there are fewer words. */
    long[] ngrams(int n) {
        if (hashes.length < n) {
            return new long[0];
        }
        long[] ngrams = new long[hashes.length - n + 1];
        for (int i = 0; i < ngrams.length; i++) {
            long hash = START;
            for (int j = i; j < i + n; j++) {
                hash = (hash ^ hashes[j]) * PRIME;
                hash ^= hash >>> 29;
            }
            ngrams[i] = mix(hash);
        }
        return ngrams;
    }

    /** Every bit of the result depends on every bit of the value (SplitMix64's finaliser). */
    static long mix(long value) {
        long z = (value ^ value >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
