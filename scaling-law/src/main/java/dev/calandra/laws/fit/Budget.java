package dev.calandra.laws.fit;

import dev.calandra.laws.table.Runs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * The runs of one budget of compute, by size; runs of equal size are averaged.
 *
 * @param logFlops natural logarithm of the budget, the mean of its runs'
 * @param logParameters ascending
 * @param losses of those sizes
 * @param logTokens of those sizes
 * @param members places of the budget's runs among those that were grouped
 */
public record Budget(double logFlops, double[] logParameters, double[] losses, double[] logTokens, int[] members) {
    /** Runs whose compute differs by less than this share are one budget's. */
    private static final double SAME = 0.02;

    private static final double FLOPS_PER_PARAMETER = 6;

    /** All budgets among runs with {@code flops}, {@code parameters} and {@code loss}, smallest first. */
    public static List<Budget> of(Runs runs) {
        double[] flops = runs.of("flops");
        int[] order = IntStream.range(0, runs.size())
                .boxed()
                .sorted(Comparator.comparingDouble(i -> flops[i]))
                .mapToInt(i -> i)
                .toArray();
        List<Budget> budgets = new ArrayList<>();
        int start = 0;
        for (int i = 1; i <= order.length; i++) {
            if (i == order.length || Math.log(flops[order[i]] / flops[order[start]]) > SAME) {
                budgets.add(of(runs, Arrays.copyOfRange(order, start, i)));
                start = i;
            }
        }
        return budgets;
    }

    private static Budget of(Runs runs, int[] members) {
        double[] n = runs.of("parameters");
        double[] tokens = runs.has("tokens") ? runs.of("tokens") : null;
        double logFlops = Arrays.stream(members)
                .mapToDouble(i -> Math.log(runs.of("flops")[i]))
                .average()
                .orElseThrow();
        Map<Double, List<Integer>> bySize = new TreeMap<>();
        for (int i : members) {
            bySize.computeIfAbsent(n[i], key -> new ArrayList<>()).add(i);
        }
        double[] x = new double[bySize.size()];
        double[] y = new double[x.length];
        double[] d = new double[x.length];
        int k = 0;
        for (Map.Entry<Double, List<Integer>> size : bySize.entrySet()) {
            x[k] = Math.log(size.getKey());
            y[k] = mean(size.getValue(), runs.of("loss"));
            d[k] = tokens == null
                    ? logFlops - Math.log(FLOPS_PER_PARAMETER) - x[k]
                    : Math.log(mean(size.getValue(), tokens));
            k++;
        }
        return new Budget(logFlops, x, y, d, members);
    }

    private static double mean(List<Integer> places, double[] values) {
        return places.stream().mapToDouble(i -> values[i]).average().orElseThrow();
    }

    /** Number of different sizes. */
    int sizes() {
        return losses.length;
    }

    /** Where the interpolated loss is least, NaN if at an end. */
    double minimum() {
        return new Akima(logParameters, losses).minimum();
    }

    /** The same with normal noise of this deviation on every loss. */
    double disturbedMinimum(RandomGenerator random, double noise) {
        double[] noisy = losses.clone();
        for (int i = 0; i < noisy.length; i++) {
            noisy[i] += noise * random.nextGaussian();
        }
        return new Akima(logParameters, noisy).minimum();
    }

    /** The interpolated loss of a size. */
    double lossAt(double logSize) {
        return new Akima(logParameters, losses).at(logSize);
    }

    /** Logarithm of the tokens of a size. They go with parameters along a budget as a straight line in logarithms. */
    double tokensAt(double logSize) {
        int last = logParameters.length - 1;
        double slope = (logTokens[last] - logTokens[0]) / (logParameters[last] - logParameters[0]);
        int near = 0;
        for (int i = 1; i <= last; i++) {
            near = Math.abs(logParameters[i] - logSize) < Math.abs(logParameters[near] - logSize) ? i : near;
        }
        return logTokens[near] + slope * (logSize - logParameters[near]);
    }
}
