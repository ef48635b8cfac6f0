package dev.calandra.laws.numeric;

import java.util.Arrays;

/** Quantiles by linear interpolation between order statistics. */
public final class Quantiles {
    private Quantiles() {}

    /**
     * A quantile.
     *
     * @param values any order, at least one
     * @param share 0 to 1
     */
    public static double of(double[] values, double share) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return ofSorted(sorted, share);
    }

    /** A quantile of ascending values. */
    public static double ofSorted(double[] sorted, double share) {
        double place = share * (sorted.length - 1);
        int below = (int) Math.floor(place);
        int above = Math.min(below + 1, sorted.length - 1);
        return sorted[below] == sorted[above]
                ? sorted[below]
                : sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }

    /** The middle value. */
    public static double median(double[] values) {
        return of(values, 0.5);
    }
}
