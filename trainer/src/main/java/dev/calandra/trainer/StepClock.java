package dev.calandra.trainer;

import java.util.function.LongSupplier;

/** Times steps and estimates what is left of the run, from a mean that favours the latest steps. */
final class StepClock {

    private static final double SECONDS_PER_NANO = 1e-9;
    private static final double WEIGHT_OF_LATEST = 0.2;

    private final LongSupplier nanoTime;
    private long started;
    private long steps;
    private double mean;

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
        steps++;
        // The first step compiles and allocates: the second one starts the mean anew.
        mean = steps <= 2 ? seconds : mean + WEIGHT_OF_LATEST * (seconds - mean);
        return seconds;
    }

    /** Estimated seconds for so many more steps. */
    double remaining(long steps) {
        return steps * mean;
    }
}
