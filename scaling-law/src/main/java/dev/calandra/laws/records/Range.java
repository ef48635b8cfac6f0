package dev.calandra.laws.records;

/** Smallest and largest value of a variable among the runs behind a law. */
public record Range(double from, double to) {
    public Range {
        if (!(from <= to)) {
            throw new IllegalArgumentException("no range: %s to %s".formatted(from, to));
        }
    }

    /** How many times a positive value lies beyond the range, at least 1; 1 inside. */
    public double timesBeyond(double value) {
        return Math.max(1, Math.max(from / value, value / to));
    }
}
