package dev.calandra.data.mixture;

/**
 * Which source gives the n-th sample under a schedule, and how many that source has given before under it: a pure function of (schedule,
 * seed, n). A block's samples are apportioned to the sources and its places permuted by a key of its own; a source's samples are numbered in
 * the order in which they appear. So the ordinals of a source are 0, 1, 2, … without gap or repetition, whatever the schedule and wherever
 * it ends. Samples are numbered from the beginning of the schedule. Safe for use by many threads.
 */
public final class MixtureOrder {
    /** Keeps this use of the seed apart from every other. */
    private static final long PURPOSE = 0x6D69787475726531L;

    private final Apportionment apportionment;
    private final long seed;
    private volatile Layout last;

    /** One thread reads ahead of another: the layout before the last one is kept as well. */
    private volatile Layout secondLast;

    /**
     * A sample's origin.
     *
     * @param source index of the source
     * @param ordinal how many samples the source has given before this one
     */
    public record Origin(int source, long ordinal) {}

    /**
     * The places of a block.
     *
     * @param number which block
     * @param sources of each place
     * @param ordinals of each place
     */
    private record Layout(long number, int[] sources, long[] ordinals) {}

    /** An order over blocks of a schedule. */
    public MixtureOrder(Apportionment apportionment, long seed) {
        this.apportionment = apportionment;
        this.seed = seed;
        this.last = computed(0);
        this.secondLast = last;
    }

    /** The origin of a sample. */
    public Origin origin(long sample) {
        if (sample < 0) {
            throw new IndexOutOfBoundsException("sample " + sample);
        }
        int blockSize = apportionment.blockSize();
        Layout layout = layout(sample / blockSize);
        int place = (int) (sample % blockSize);
        return new Origin(layout.sources()[place], layout.ordinals()[place]);
    }

    /** Samples of each source among those before a sample [D]. */
    public long[] servedBefore(long sample) {
        int blockSize = apportionment.blockSize();
        long[] served = apportionment.block(sample / blockSize).before().clone();
        Layout layout = layout(sample / blockSize);
        for (int place = 0; place < sample % blockSize; place++) {
            served[layout.sources()[place]]++;
        }
        return served;
    }

    private Layout layout(long block) {
        Layout present = last;
        if (present.number() == block) {
            return present;
        }
        Layout other = secondLast;
        if (other.number() == block) {
            return other;
        }
        Layout layout = computed(block);
        secondLast = present;
        last = layout;
        return layout;
    }

    private Layout computed(long number) {
        int blockSize = apportionment.blockSize();
        Apportionment.Block block = apportionment.block(number);
        FeistelPermutation permutation = new FeistelPermutation(blockSize, Mixer.mix(PURPOSE, seed, number));
        int[] sources = new int[blockSize];
        int place = 0;
        for (int source = 0; source < block.before().length; source++) {
            for (long count = block.count(source); count > 0; count--) {
                sources[(int) permutation.apply(place++)] = source;
            }
        }
        long[] next = block.before().clone();
        long[] ordinals = new long[blockSize];
        for (int i = 0; i < blockSize; i++) {
            ordinals[i] = next[sources[i]]++;
        }
        return new Layout(number, sources, ordinals);
    }
}
