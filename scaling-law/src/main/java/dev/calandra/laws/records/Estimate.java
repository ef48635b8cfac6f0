package dev.calandra.laws.records;

import com.fasterxml.jackson.annotation.JsonInclude;

/**
 * A constant of a law.
 *
 * @param value the estimate
 * @param low lower end of its 95 % interval; null where none is known
 * @param high upper end of its 95 % interval; null where none is known
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record Estimate(double value, Double low, Double high) {
    public Estimate {
        if ((low == null) != (high == null) || (low != null && low > high)) {
            throw new IllegalArgumentException("no interval: %s to %s".formatted(low, high));
        }
        if (!Double.isFinite(value) || low != null && !Double.isFinite(high - low)) {
            throw new IllegalArgumentException("a constant is finite, not %s (%s to %s)".formatted(value, low, high));
        }
    }

    /** A constant without an interval. */
    public static Estimate exactly(double value) {
        return new Estimate(value, null, null);
    }
}
