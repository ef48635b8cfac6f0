package dev.calandra.trainer.sweep;

/**
 * Mean training loss in {@value #PARTS} equal parts of a run's steps. Built step by step; a part of which some steps were not
 * seen, because they belong to an earlier process, has no mean.
 */
final class LossCurve {
    static final int PARTS = 20;

    private final long steps;
    private final double[] sums = new double[PARTS];
    private final long[] counts = new long[PARTS];

    LossCurve(long steps) {
        this.steps = steps;
    }

    /** @param step from 1 */
    void add(long step, double loss) {
        int part = partOf(step);
        sums[part] += loss;
        counts[part]++;
    }

    /** The part that a step, from 1, belongs to. */
    int partOf(long step) {
        return (int) Math.min(PARTS - 1, (step - 1) * PARTS / steps);
    }

    /** Whether a step is the last of its part. */
    boolean endsPart(long step) {
        return step == steps || partOf(step + 1) != partOf(step);
    }

    /** The mean of a part; NaN where a step is missing or was not finite. */
    double mean(int part) {
        long all = firstOf(part + 1) - firstOf(part);
        return counts[part] > 0 && counts[part] == all ? sums[part] / counts[part] : Double.NaN;
    }

    /** The first step of a part, from 0. */
    private long firstOf(int part) {
        return part == PARTS ? steps : (part * steps + PARTS - 1) / PARTS;
    }
}
