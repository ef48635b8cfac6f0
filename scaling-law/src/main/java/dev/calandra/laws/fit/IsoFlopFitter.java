package dev.calandra.laws.fit;

import dev.calandra.configs.DataException;
import dev.calandra.laws.numeric.Quantiles;
import dev.calandra.laws.numeric.Resampling;
import dev.calandra.laws.records.Estimate;
import dev.calandra.laws.table.Runs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.ToDoubleFunction;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;

/**
 * The compute-optimal size from runs of equal compute. The minimum of each budget is that of an interpolation in log N, not of a parabola,
 * which is biased when the curve is steeper on one side or the grid is not centred. How sure a minimum is follows from noise added to the
 * losses, as large as the runs scatter around a smooth curve. Then log N and log D at the minima are regressed on log C with those weights.
 */
final class IsoFlopFitter {
    private static final double SAME_BUDGET = 0.02;
    private static final int FEWEST = 4;
    private static final int NOISE_DRAWS = 200;
    private static final double SMALLEST_ERROR = 0.01;

    private final Runs runs;
    private final FitSettings settings;
    private final List<String> words = new ArrayList<>();

    private IsoFlopFitter(Runs runs, FitSettings settings) {
        this.runs = runs;
        this.settings = settings;
    }

    /** @throws DataException if fewer than two budgets have a minimum inside their runs */
    static FitResult fit(Runs runs, FitSettings settings) {
        return new IsoFlopFitter(runs, settings).fit();
    }

    private FitResult fit() {
        List<Curve> all = curves(runs.fitted());
        double noise = noise(all);
        List<Minimum> minima = all.stream().map(curve -> minimum(curve, noise)).toList();
        List<Minimum> sure = minima.stream().filter(Minimum::isInside).toList();
        if (sure.size() < 2) {
            throw new DataException(
                    "only %d of %d budgets have at least %d runs and their least loss inside them; two are needed. Budgets are told by equal flops."
                            .formatted(sure.size(), all.size(), FEWEST));
        }
        WeightedLine size = line(sure, Minimum::logParameters);
        WeightedLine data = line(sure, Minimum::logTokens);
        if (size == null || data == null) {
            throw new DataException("all budgets with a minimum are equal; two different ones are needed");
        }
        List<double[]> draws = settings.bootstrap().run(random -> draw(sure, size, random));
        speak(minima, sure, size);
        return new FitResult(
                "isoflop",
                "parameters = c C^a, tokens = d C^b",
                estimates(size, data, draws),
                draws,
                "weighted squares of log N at the budgets' minima around the line",
                squares(sure, size),
                "no starts: the regression is linear",
                runs,
                runs.fitted(),
                List.of(),
                test(),
                Conditioning.of(size.curvature(), List.of("parameters.coefficient", "parameters.flops")),
                List.of(table(minima, size)),
                words);
    }

    private static List<Curve> curves(Runs some) {
        Integer[] order = IntStream.range(0, some.size()).boxed().toArray(Integer[]::new);
        double[] flops = some.of("flops");
        Arrays.sort(order, Comparator.comparingDouble(i -> flops[i]));
        List<Curve> curves = new ArrayList<>();
        int start = 0;
        for (int i = 1; i <= order.length; i++) {
            if (i == order.length || Math.log(flops[order[i]] / flops[order[start]]) > SAME_BUDGET) {
                curves.add(curve(some, Arrays.copyOfRange(order, start, i)));
                start = i;
            }
        }
        return curves;
    }

    /** Runs of one budget by size; runs of equal size are averaged. */
    private static Curve curve(Runs some, Integer[] members) {
        double[] n = some.of("parameters");
        double[] tokens = some.has("tokens") ? some.of("tokens") : null;
        double logFlops = Arrays.stream(members)
                .mapToDouble(i -> Math.log(some.of("flops")[i]))
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
            y[k] = mean(size.getValue(), some.of("loss"));
            d[k] = tokens == null ? logFlops - Math.log(6) - x[k] : Math.log(mean(size.getValue(), tokens));
            k++;
        }
        return new Curve(logFlops, x, y, d);
    }

    private static double mean(List<Integer> places, double[] values) {
        return places.stream().mapToDouble(i -> values[i]).average().orElseThrow();
    }

    /** Standard deviation of the losses around a smooth curve: each run against the cubic through its four neighbours. */
    private static double noise(List<Curve> curves) {
        List<Double> sizes = new ArrayList<>();
        for (Curve curve : curves) {
            double[] x = curve.logParameters();
            for (int i = 2; i < x.length - 2; i++) {
                double inner = 0;
                double scale = 1;
                for (int j : new int[] {i - 2, i - 1, i + 1, i + 2}) {
                    double weight = 1;
                    for (int k : new int[] {i - 2, i - 1, i + 1, i + 2}) {
                        weight *= k == j ? 1 : (x[i] - x[k]) / (x[j] - x[k]);
                    }
                    inner += weight * curve.losses()[j];
                    scale += weight * weight;
                }
                sizes.add(Math.abs(curve.losses()[i] - inner) / Math.sqrt(scale));
            }
        }
        if (sizes.isEmpty()) {
            return Double.NaN;
        }
        return 1.4826 * Quantiles.median(sizes.stream().mapToDouble(v -> v).toArray());
    }

    private Minimum minimum(Curve curve, double noise) {
        if (curve.logParameters().length < FEWEST) {
            return new Minimum(curve, Double.NaN, Double.NaN);
        }
        double at = new Akima(curve.logParameters(), curve.losses()).minimum();
        if (Double.isNaN(at) || Double.isNaN(noise)) {
            return new Minimum(curve, at, 0.1);
        }
        double[] moved = new Resampling(NOISE_DRAWS, settings.bootstrap().seed())
                .run(random -> curve.disturbed(random, noise)).stream()
                        .mapToDouble(Double::doubleValue)
                        .filter(Double::isFinite)
                        .toArray();
        if (moved.length < NOISE_DRAWS / 2) {
            return new Minimum(curve, Double.NaN, Double.NaN);
        }
        double error = (Quantiles.of(moved, 0.84) - Quantiles.of(moved, 0.16)) / 2;
        return new Minimum(curve, at, Math.max(SMALLEST_ERROR, error));
    }

    private static WeightedLine line(List<Minimum> minima, ToDoubleFunction<Minimum> value) {
        return WeightedLine.fit(
                minima.stream()
                        .map(each -> new double[] {1, each.curve().logFlops()})
                        .toArray(double[][]::new),
                minima.stream().mapToDouble(value).toArray(),
                minima.stream().mapToDouble(Minimum::error).toArray());
    }

    /** One draw: every minimum moved by its own error and the scatter, with the heavier tails of a scatter that is estimated. */
    private static double[] draw(List<Minimum> minima, WeightedLine size, RandomGenerator random) {
        double tail = Tail.draw(random, size.freedom());
        List<Minimum> moved = minima.stream()
                .map(each -> {
                    double spread = Math.hypot(each.error(), size.scatter());
                    double at =
                            size.at(new double[] {1, each.curve().logFlops()}) + tail * spread * random.nextGaussian();
                    return new Minimum(each.curve(), at, each.error());
                })
                .toList();
        WeightedLine n = line(moved, Minimum::logParameters);
        WeightedLine d = line(moved, Minimum::logTokens);
        return n == null || d == null
                ? null
                : new double[] {
                    Math.exp(n.coefficients()[0]),
                    n.coefficients()[1],
                    Math.exp(d.coefficients()[0]),
                    d.coefficients()[1]
                };
    }

    private static Map<String, Estimate> estimates(WeightedLine n, WeightedLine d, List<double[]> draws) {
        double[] values = {
            Math.exp(n.coefficients()[0]), n.coefficients()[1], Math.exp(d.coefficients()[0]), d.coefficients()[1]
        };
        List<String> names =
                List.of("parameters.coefficient", "parameters.flops", "tokens.coefficient", "tokens.flops");
        return Intervals.of(names, values, draws);
    }

    private static double squares(List<Minimum> minima, WeightedLine line) {
        return minima.stream()
                .mapToDouble(each -> Math.pow(
                                each.logParameters()
                                        - line.at(new double[] {1, each.curve().logFlops()}),
                                2)
                        / (each.error() * each.error() + line.scatter() * line.scatter()))
                .sum();
    }

    /** The held-out budgets, or the largest one: size at its minimum against the line through the others. */
    private Optional<HeldOutPrediction> test() {
        boolean given = runs.keptBack().size() > 0;
        List<Curve> all = curves(runs.fitted());
        double noise = noise(all);
        List<Minimum> inside = all.stream()
                .map(c -> minimum(c, noise))
                .filter(Minimum::isInside)
                .toList();
        List<Minimum> asked = given
                ? curves(runs.keptBack()).stream()
                        .map(c -> minimum(c, noise))
                        .filter(Minimum::isInside)
                        .toList()
                : inside.subList(inside.size() - 1, inside.size());
        List<Minimum> used = given ? inside : inside.subList(0, inside.size() - 1);
        if (asked.isEmpty() || used.size() < 2) {
            return Optional.empty();
        }
        WeightedLine line = line(used, Minimum::logParameters);
        if (line == null) {
            return Optional.empty();
        }
        return Optional.of(new HeldOutPrediction(
                (given ? "the budgets held out" : "the largest budget, kept back for this test alone")
                        + ": best size N",
                used.size(),
                asked.stream()
                        .map(each -> new Residual(0, Math.exp(each.logParameters()), Math.exp(line.at(new double[] {
                            1, each.curve().logFlops()
                        }))))
                        .toList()));
    }

    private static ResultTable table(List<Minimum> minima, WeightedLine line) {
        List<List<String>> rows = new ArrayList<>();
        for (Minimum each : minima) {
            Curve curve = each.curve();
            rows.add(List.of(
                    String.format(Locale.ROOT, "%.3e", Math.exp(curve.logFlops())),
                    "" + curve.logParameters().length,
                    each.isInside() ? Numbers.of(Math.exp(each.logParameters())) : "not inside its runs",
                    each.isInside() ? String.format(Locale.ROOT, "%.1f %%", 100 * each.error()) : "-",
                    each.isInside() ? Numbers.of(Math.exp(each.logTokens())) : "-",
                    each.isInside() ? Numbers.of(each.loss()) : "-",
                    Numbers.of(Math.exp(line.at(new double[] {1, curve.logFlops()})))));
        }
        return new ResultTable(
                "Minimum of each budget",
                List.of("FLOPS", "SIZES", "BEST PARAMETERS", "ERROR", "TOKENS", "LOSS", "LAW'S PARAMETERS"),
                rows);
    }

    private void speak(List<Minimum> minima, List<Minimum> sure, WeightedLine size) {
        if (sure.size() < minima.size()) {
            words.add(
                    "%d of %d budgets have fewer than %d sizes or their least loss at an end: they say nothing about the optimum and are left out."
                            .formatted(minima.size() - sure.size(), minima.size(), FEWEST));
        }
        if (sure.size() < 4) {
            words.add("%d budgets leave %d degrees of freedom: the exponent's interval rests on very little."
                    .formatted(sure.size(), size.freedom()));
        }
        double lead =
                sure.getLast().curve().logFlops() - sure.getFirst().curve().logFlops();
        if (lead < Math.log(30)) {
            words.add(String.format(
                    Locale.ROOT, "The budgets span a factor of %.1f only: exponents are weakly told.", Math.exp(lead)));
        }
    }

    /**
     * The runs of one budget, by size.
     *
     * @param logFlops natural logarithm of the budget
     * @param logParameters ascending
     * @param losses of those sizes
     * @param logTokens of those sizes
     */
    private record Curve(double logFlops, double[] logParameters, double[] losses, double[] logTokens) {
        double disturbed(RandomGenerator random, double noise) {
            double[] noisy = losses.clone();
            for (int i = 0; i < noisy.length; i++) {
                noisy[i] += noise * random.nextGaussian();
            }
            return new Akima(logParameters, noisy).minimum();
        }

        /** Tokens go with parameters along a budget as a straight line in logarithms. */
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

    private record Minimum(Curve curve, double logParameters, double error) {
        boolean isInside() {
            return Double.isFinite(logParameters);
        }

        double logTokens() {
            return curve.tokensAt(logParameters);
        }

        double loss() {
            return new Akima(curve.logParameters(), curve.losses()).at(logParameters);
        }
    }
}
