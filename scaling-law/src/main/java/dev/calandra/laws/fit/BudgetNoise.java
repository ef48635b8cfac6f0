package dev.calandra.laws.fit;

import dev.calandra.laws.numeric.Quantiles;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How far single runs scatter around the smooth curve of their budget: log noise is a straight line in log compute, for the losses of small
 * runs scatter several times as far as those of large ones. Every run is held against the cubic through its four neighbours; a budget's
 * noise is the middle one of its runs' differences, and counts by their number. A slope is taken as far as it is told from none.
 *
 * @param level log of the noise at {@code middle}, NaN where no budget has five sizes
 * @param slope by log compute
 * @param middle mean log compute
 */
record BudgetNoise(double level, double slope, double middle) {
    private static final BudgetNoise UNKNOWN = new BudgetNoise(Double.NaN, 0, 0);
    /** Normal deviations in the middle one of normal differences' sizes. */
    private static final double BY_MEDIAN = 1.4826;
    /** Variance of the logarithm of that middle one, times the number of differences. */
    private static final double VARIANCE = 1.36;

    /** Losses are not told finer than this, nats. */
    private static final double LEAST = 1e-9;

    private static final int NEIGHBOURS = 2;

    private record Scatter(double logFlops, double log, int runs) {}

    static BudgetNoise of(List<Budget> budgets) {
        List<Scatter> all = budgets.stream()
                .filter(budget -> budget.sizes() > 2 * NEIGHBOURS)
                .map(BudgetNoise::scatter)
                .toList();
        return all.isEmpty() ? UNKNOWN : line(all);
    }

    private static Scatter scatter(Budget budget) {
        double[] misses = IntStream.range(NEIGHBOURS, budget.sizes() - NEIGHBOURS)
                .mapToDouble(i -> miss(budget, i))
                .toArray();
        double deviation = Math.max(BY_MEDIAN * Quantiles.median(misses), LEAST);
        return new Scatter(budget.logFlops(), Math.log(deviation), misses.length);
    }

    /** The size of a run's difference from its neighbours, in units in which noise of one run has its own deviation. */
    private static double miss(Budget budget, int i) {
        double[] x = budget.logParameters();
        double inner = 0;
        double scale = 1;
        int[] neighbours = {i - 2, i - 1, i + 1, i + 2};
        for (int j : neighbours) {
            double weight = 1;
            for (int k : neighbours) {
                weight *= k == j ? 1 : (x[i] - x[k]) / (x[j] - x[k]);
            }
            inner += weight * budget.losses()[j];
            scale += weight * weight;
        }
        return Math.abs(budget.losses()[i] - inner) / Math.sqrt(scale);
    }

    private static BudgetNoise line(List<Scatter> all) {
        double runs = all.stream().mapToInt(Scatter::runs).sum();
        double middle = 0;
        double level = 0;
        for (Scatter each : all) {
            middle += each.runs() * each.logFlops() / runs;
            level += each.runs() * each.log() / runs;
        }
        double across = 0;
        double along = 0;
        for (Scatter each : all) {
            double x = each.logFlops() - middle;
            across += each.runs() * x * (each.log() - level);
            along += each.runs() * x * x;
        }
        double slope = along > 0 ? across / along : 0;
        double told = slope * slope * along / VARIANCE;
        return new BudgetNoise(level, told > 1 ? slope * (1 - 1 / told) : 0, middle);
    }

    /** Standard deviation of a loss of a budget, NaN where it is not told. */
    double at(double logFlops) {
        return Math.exp(level + slope * (logFlops - middle));
    }
}
