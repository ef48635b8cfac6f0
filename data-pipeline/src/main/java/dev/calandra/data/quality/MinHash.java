package dev.calandra.data.quality;

import java.util.Arrays;

/**
 * MinHash signatures (Broder 1997) of sets of word sequences: the share of places in which two signatures agree estimates the Jaccard similarity
 * of the sets. Bands of rows find candidates without comparing every pair: documents that agree in all rows of a band. The number of rows
 * in a band is the larger the more similar duplicates are to be.
 */
final class MinHash {
    static final int PLACES = 128;
    static final int NGRAM = 5;

    private static final double STEP = 1.0 / 256;

    private final int rows;

    /** @param threshold similarity from which on documents are duplicates, 0.5 to 1 */
    MinHash(double threshold) {
        // A band of r rows in 128 places finds pairs of similarity (r/128)^(1/r) every second time: 0.71, 0.42.
        this.rows = threshold >= 0.75 ? 8 : 4;
    }

    int bands() {
        return PLACES / rows;
    }

    /** The smallest value of each of 128 hash functions over the set; the functions are one hash, multiplied and shifted. */
    static long[] signature(long[] set) {
        long[] smallest = new long[PLACES];
        Arrays.fill(smallest, Long.MAX_VALUE);
        for (long element : set) {
            long step = Words.mix(element) | 1;
            long hash = element;
            for (int place = 0; place < PLACES; place++) {
                hash += step;
                long value = (hash ^ hash >>> 32) * 0x9E3779B97F4A7C15L >>> 1;
                smallest[place] = Math.min(smallest[place], value);
            }
        }
        return smallest;
    }

    /** Hash of one band of a signature, different for each band. */
    long band(long[] signature, int band) {
        long hash = band + 1L;
        for (int row = band * rows; row < (band + 1) * rows; row++) {
            hash = Words.mix(hash ^ signature[row]);
        }
        return hash;
    }

    /** Eight bits of each place: enough to compare, an eighth of the memory. */
    static byte[] compact(long[] signature) {
        byte[] compact = new byte[PLACES];
        for (int place = 0; place < PLACES; place++) {
            compact[place] = (byte) (signature[place] >>> 24);
        }
        return compact;
    }

    /** Estimated similarity, with the agreements by chance (one in 256) taken out. */
    static double similarity(byte[] one, byte[] other) {
        int equal = 0;
        for (int place = 0; place < PLACES; place++) {
            equal += one[place] == other[place] ? 1 : 0;
        }
        return Math.max(0, ((double) equal / PLACES - STEP) / (1 - STEP));
    }
}
