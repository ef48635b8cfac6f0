package dev.calandra.data;

/**
 * All samples of a run, in order. {@link #sample} is a pure function of ({@link #fingerprint}, index): the same index gives the same
 * sequence on any machine, at any world size, before or after a restart, so the position in the data is one integer.
 */
public interface SampleStream {

    /**
     * The sequence with a number.
     *
     * @param index 0, 1, 2, … without end: sources begin a new epoch when they are used up
     * @throws dev.calandra.configs.DataException when the shard that holds it is missing or damaged
     */
    PackedSequence sample(long index);

    /**
     * The name of the source that gives a sample.
     *
     * @param index as in {@link #sample}
     */
    String source(long index);

    /** Identifies shards, mixture, seed and length: two streams with equal fingerprints give equal samples. */
    String fingerprint();
}
