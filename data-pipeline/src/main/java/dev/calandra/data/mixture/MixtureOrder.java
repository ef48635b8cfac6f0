package dev.calandra.data.mixture;

/**
 * Which source gives the n-th sample under a schedule, and how many that source has given before under it: a pure function of (schedule,
 * seed, n). A block's samples are apportioned to the sources, then permuted by a key of its own. The ordinals of a source cover 0, 1, 2, …
 * without gap or repetition, whatever the schedule. Samples are numbered from the beginning of the schedule.
 */
public final class MixtureOrder {
    /** Keeps this use of the seed apart from every other. */
    private static final long PURPOSE = 0x6D69787475726531L;

    private final Apportionment apportionment;
    private final long seed;

    /**
     * A sample's origin.
     *
     * @param source index of the source
     * @param ordinal how many samples the source has given before this one
     */
    public record Origin(int source, long ordinal) {}

    /** An order over blocks of a schedule. */
    public MixtureOrder(Apportionment apportionment, long seed) {
        this.apportionment = apportionment;
        this.seed = seed;
    }

    /** The origin of a sample. */
    public Origin origin(long sample) {
        if (sample < 0) {
            throw new IndexOutOfBoundsException("sample " + sample);
        }
        int blockSize = apportionment.blockSize();
        Apportionment.Block block = apportionment.block(sample / blockSize);
        long rank =
                new FeistelPermutation(blockSize, Mixer.mix(PURPOSE, seed, block.number())).apply(sample % blockSize);
        int source = 0;
        while (rank >= block.count(source)) {
            rank -= block.count(source);
            source++;
        }
        return new Origin(source, block.before()[source] + rank);
    }

    /** Samples of each source among those before a sample [D]. */
    public long[] servedBefore(long sample) {
        int blockSize = apportionment.blockSize();
        long[] served = apportionment.block(sample / blockSize).before().clone();
        for (long n = sample - sample % blockSize; n < sample; n++) {
            served[origin(n).source()]++;
        }
        return served;
    }
}
