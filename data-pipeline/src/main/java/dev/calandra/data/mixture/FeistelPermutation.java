package dev.calandra.data.mixture;

/**
 * A pseudo-random permutation of 0 .. size − 1 in constant memory: a balanced Feistel network on the smallest even number of bits that
 * holds the size, walked until the value falls inside (Black and Rogaway, CT-RSA 2002, "cycle walking"). A Feistel network is a bijection
 * whatever its round function, so every index is served once; the domain is less than four times the size, so a value costs four walks at
 * most on average.
 */
public final class FeistelPermutation {
    /** Four rounds of a pseudo-random function make a permutation that cannot be told from a random one (Luby and Rackoff, 1988). */
    private static final int ROUNDS = 4;

    private final long size;
    private final long key;
    private final int halfBits;
    private final long halfMask;

    /**
     * A permutation of {@code size} indices.
     *
     * @throws IllegalArgumentException when the size is below 1 or above 2^62
     */
    public FeistelPermutation(long size, long key) {
        if (size < 1 || size > 1L << 62) {
            throw new IllegalArgumentException("a permutation needs 1 to 2^62 indices, not " + size);
        }
        this.size = size;
        this.key = key;
        int bits = Long.SIZE - Long.numberOfLeadingZeros(size - 1);
        this.halfBits = Math.max(1, (bits + 1) / 2);
        this.halfMask = (1L << halfBits) - 1;
    }

    /** The image of an index in 0 .. size − 1. */
    public long apply(long index) {
        if (index < 0 || index >= size) {
            throw new IndexOutOfBoundsException("index %d is outside 0 .. %d".formatted(index, size - 1));
        }
        long value = index;
        do {
            value = encrypt(value);
        } while (value >= size);
        return value;
    }

    private long encrypt(long value) {
        long left = value >>> halfBits;
        long right = value & halfMask;
        for (int round = 0; round < ROUNDS; round++) {
            long next = left ^ (Mixer.finish(key + Mixer.finish(right + ((long) round << 56))) & halfMask);
            left = right;
            right = next;
        }
        return left << halfBits | right;
    }
}
