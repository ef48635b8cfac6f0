package dev.calandra.data.mixture;

import java.util.ArrayList;
import java.util.List;

/**
 * Whole samples for each source, block by block, that stay within one sample of the schedule's integral at every block boundary: no source
 * with a share above 0 is ever starved, however small its share, and none is ever taken back.
 *
 * <p>Rounding each boundary by itself would not do: a source that was rounded up at one boundary and down at the next would have served a
 * negative number of samples. So the k-th sample of a source is a job that may be served once its integral passes k − 1 and must be served
 * by the boundary at which it reaches k, and each block serves the jobs with the earliest deadlines. A fractional schedule meets all
 * deadlines (the integral itself), flows with whole capacities have whole solutions, and earliest-deadline-first finds one whenever there is
 * one; this is the argument of proportionate fairness (Baruah, Cohen, Plaxton and Varvel, Algorithmica 15, 1996). The integrals are doubles:
 * "within one sample" holds up to {@value #TOLERANCE} and the rounding of the integral itself.
 *
 * <p>Counts are a function of the block number alone. The first question about a block computes those before it; they are kept for every
 * {@value #CHECKPOINT_EVERY}th block, so their memory is 8 D bytes per {@value #CHECKPOINT_EVERY} blocks. Safe for use by many threads.
 */
public final class Apportionment {
    static final double TOLERANCE = 1e-6;
    private static final int CHECKPOINT_EVERY = 64;

    private final MixtureSchedule schedule;
    private final int blockSize;
    private final List<long[]> checkpoints = new ArrayList<>();
    private Block last;
    private Block secondLast;

    /**
     * The samples of one block.
     *
     * @param number which block
     * @param before samples of each source in all blocks before [D]
     * @param after the same with this block [D]
     */
    public record Block(long number, long[] before, long[] after) {
        /** Samples of a source in this block. */
        public long count(int source) {
            return after[source] - before[source];
        }
    }

    /** Apportions blocks of a fixed number of samples. */
    public Apportionment(MixtureSchedule schedule, int blockSize) {
        if (blockSize < 1) {
            throw new IllegalArgumentException("blocks need at least one sample, not " + blockSize);
        }
        this.schedule = schedule;
        this.blockSize = blockSize;
        checkpoints.add(new long[schedule.sources()]);
        last = next(0, checkpoints.getFirst());
        secondLast = last;
    }

    /** Samples in a block. */
    public int blockSize() {
        return blockSize;
    }

    /** The samples of a block; its arrays are shared and must not be changed. */
    public synchronized Block block(long number) {
        if (number == last.number) {
            return last;
        }
        if (number == secondLast.number) {
            // One thread reads ahead of another.
            return secondLast;
        }
        Block block = number > last.number && number / CHECKPOINT_EVERY == last.number / CHECKPOINT_EVERY
                ? last
                : fromCheckpoint(number);
        while (block.number < number) {
            if ((block.number + 1) / CHECKPOINT_EVERY == checkpoints.size()) {
                checkpoints.add(block.after);
            }
            block = next(block.number + 1, block.after);
        }
        secondLast = last;
        last = block;
        return block;
    }

    /** The first block after the last checkpoint at or before a block. */
    private Block fromCheckpoint(long number) {
        int checkpoint = (int) Math.min(number / CHECKPOINT_EVERY, checkpoints.size() - 1);
        return next((long) checkpoint * CHECKPOINT_EVERY, checkpoints.get(checkpoint));
    }

    private Block next(long number, long[] before) {
        long[] after = before.clone();
        double end = schedule.first() + (number + 1.0) * blockSize;
        long left = blockSize;
        double[] owed = new double[after.length];
        for (int d = 0; d < after.length; d++) {
            double integral = schedule.integral(d, end);
            long due = Math.max(0, (long) Math.floor(integral - before[d] - tolerance(integral)));
            after[d] += due;
            left -= due;
            owed[d] = integral - after[d];
        }
        if (left < 0) {
            throw new IllegalStateException("block %d owes more samples than it has".formatted(number));
        }
        serveEarliest(after, owed, left);
        return new Block(number, before, after);
    }

    /** Gives one sample each to the sources whose next sample may be served now and is the most urgent. */
    private void serveEarliest(long[] after, double[] owed, long samples) {
        double[] deadline = new double[after.length];
        for (int d = 0; d < after.length; d++) {
            // A share that has ended has no deadline but may still be owed a part; a source that is owed nothing comes
            // after all others and is not reached but for rounding.
            deadline[d] = owed[d] > tolerance(after[d])
                    ? Math.min(schedule.whenReached(d, after[d] + 1.0), Double.MAX_VALUE / 2)
                    : Double.MAX_VALUE;
        }
        for (long i = 0; i < samples; i++) {
            int earliest = 0;
            for (int d = 1; d < deadline.length; d++) {
                earliest = deadline[d] < deadline[earliest] ? d : earliest;
            }
            after[earliest]++;
            deadline[earliest] = Double.POSITIVE_INFINITY;
        }
    }

    /** A sample is due, or owed, by more than rounding: integrals of 2^40 samples are exact to 2^-12 only. */
    static double tolerance(double integral) {
        return TOLERANCE + 4 * Math.ulp(integral);
    }
}
