package dev.calandra.trainer.metrics;

import java.util.Arrays;
import java.util.List;

/**
 * Tells a spike from noise: a value far above the recent ones, by a robust z-score (median and median absolute deviation,
 * which a few outliers cannot move).
 *
 * <p>Only finite values enter the window. Spikes enter it too, so that a lasting change of level becomes the new normal.
 * The window is state: a checkpoint keeps {@link #window()}, and {@link #restore} brings it back, so that resuming neither
 * forgets nor doubts what was seen.
 */
public final class SpikeDetector {

    /** Makes the median absolute deviation of normally distributed values their standard deviation. */
    private static final double MAD_TO_SIGMA = 1.4826;

    private final Rule rule;
    private final double[] values;
    private int count;
    private int next;

    /**
     * What counts as a spike.
     *
     * @param window recent values looked at
     * @param minimum values needed before anything is called a spike
     * @param sigmas robust standard deviations above the median
     * @param excess least excess over the median, as a share of it, so that a very quiet window does not cry wolf
     */
    public record Rule(int window, int minimum, double sigmas, double excess) {

        /** Window and threshold of OLMo's step skipping (6 sigma over 128 steps); six per cent above the median at least. */
        public static final Rule LOSS = new Rule(128, 64, 6, 0.06);

        /** Norms have a long tail and are clipped anyway: four times the median at least. */
        public static final Rule GRADIENT_NORM = new Rule(128, 64, 6, 3);

        public Rule {
            if (minimum < 1 || window < minimum || !(sigmas > 0) || !(excess >= 0)) {
                throw new IllegalArgumentException("spike rule: window " + window + ", minimum " + minimum + ", sigmas "
                        + sigmas + ", excess " + excess);
            }
        }
    }

    public SpikeDetector(Rule rule) {
        this.rule = rule;
        this.values = new double[rule.window()];
    }

    /** Whether the value stands out above the window; never true for a value that is not finite. */
    public boolean isSpike(double value) {
        if (!Double.isFinite(value) || count < rule.minimum()) {
            return false;
        }
        double[] sorted = Arrays.copyOf(values, count);
        double median = median(sorted);
        double[] deviations = new double[count];
        for (int i = 0; i < count; i++) {
            deviations[i] = Math.abs(values[i] - median);
        }
        double sigma = MAD_TO_SIGMA * median(deviations);
        return value - median > Math.max(rule.sigmas() * sigma, rule.excess() * Math.abs(median));
    }

    /** Adds a value to the window; one that is not finite is left out. */
    public void observe(double value) {
        if (Double.isFinite(value)) {
            values[next] = value;
            next = (next + 1) % values.length;
            count = Math.min(count + 1, values.length);
        }
    }

    /** Forgets everything, after a change of level that is there to stay. */
    public void clear() {
        count = 0;
        next = 0;
    }

    /** The window, oldest value first. */
    public List<Double> window() {
        Double[] ordered = new Double[count];
        for (int i = 0; i < count; i++) {
            ordered[i] = values[Math.floorMod(next - count + i, values.length)];
        }
        return List.of(ordered);
    }

    /** Replaces the window. */
    public void restore(List<Double> window) {
        clear();
        window.forEach(this::observe);
    }

    private static double median(double[] values) {
        Arrays.sort(values);
        int middle = values.length / 2;
        return values.length % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }
}
