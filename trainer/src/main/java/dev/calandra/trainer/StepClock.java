package dev.calandra.trainer;

import java.util.Arrays;
import java.util.function.LongSupplier;

/** Times steps and estimates what is left of the run, from a mean that favours the latest steps. */
final class StepClock {

    private static final double SECONDS_PER_NANO = 1e-9;
    private static final double WEIGHT_OF_LATEST = 0.2;

    /** Steps of which the median is taken. */
    private static final int LATEST = 1024;

    private final LongSupplier nanoTime;
    private long started;
    private long steps;
    private double mean;
    private final double[] latest = new double[LATEST];

    StepClock(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    void start() {
        started = nanoTime.getAsLong();
    }

    /** Seconds since {@link #start}. */
    double seconds() {
        return (nanoTime.getAsLong() - started) * SECONDS_PER_NANO;
    }

    /** Ends a step: the seconds it took. */
    double stop() {
        double seconds = seconds();
        latest[(int) (steps++ % LATEST)] = seconds;
        // The first step compiles and allocates: the second one starts the mean anew.
        mean = steps <= 2 ? seconds : mean + WEIGHT_OF_LATEST * (seconds - mean);
        return seconds;
    }

    /** Seconds of the middle one of the latest steps; the upper one of two. 0 before the first. */
    double median() {
        int count = (int) Math.min(steps, LATEST);
        double[] sorted = Arrays.copyOf(latest, count);
        Arrays.sort(sorted);
        return count == 0 ? 0 : sorted[count / 2];
    }

    /** Estimated seconds for so many more steps. */
    double remaining(long steps) {
        return steps * mean;
    }
}
