package dev.calandra.laws.fit;

import dev.calandra.configs.DataException;
import dev.calandra.laws.numeric.Quantiles;
import dev.calandra.laws.numeric.Resampling;
import dev.calandra.laws.records.Estimate;
import dev.calandra.laws.table.Runs;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import java.util.random.RandomGenerator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The compute-optimal size from runs of equal compute. The minimum of each budget is that of an interpolation in log N, not of a parabola,
 * which is biased when the curve is steeper on one side or the grid is not centred. How sure a minimum is follows from noise added to the
 * losses, as large as the runs scatter around a smooth curve, which is
 * less for large budgets than for small ones. Then log N and log D at the minima are regressed on log C with those weights.
 */
final class IsoFlopFitter {
    private static final int FEWEST = 4;
    private static final int NOISE_DRAWS = 200;
    private static final double SMALLEST_ERROR = 0.01;
    private static final double UNKNOWN_ERROR = 0.1;

    private final Runs runs;
    private final FitSettings settings;
    private final List<Budget> budgets;
    private final BudgetNoise noise;
    private final List<String> words = new ArrayList<>();

    private IsoFlopFitter(Runs runs, FitSettings settings) {
        this.runs = runs;
        this.settings = settings;
        this.budgets = Budget.of(runs.fitted());
        this.noise = BudgetNoise.of(budgets);
    }

    /** @throws DataException if fewer than two budgets have a minimum inside their runs */
    static FitResult fit(Runs runs, FitSettings settings) {
        return new IsoFlopFitter(runs, settings).fit();
    }

    private FitResult fit() {
        List<Minimum> minima = minima(budgets);
        List<Minimum> sure = minima.stream().filter(Minimum::isInside).toList();
        if (sure.size() < 2) {
            throw new DataException(
                    "only %d of %d budgets have at least %d runs and their least loss inside them; two are needed. Budgets are told by equal flops."
                            .formatted(sure.size(), budgets.size(), FEWEST));
        }
        PowerLine size = line(sure, Minimum::logParameters);
        PowerLine data = line(sure, Minimum::logTokens);
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
                behind(sure),
                residuals(sure, size),
                "N at the budgets' minima",
                test(sure),
                Conditioning.of(size.line().curvature(), List.of("parameters.coefficient", "parameters.flops")),
                List.of(table(minima, size)),
                words);
    }

    /** The runs of the budgets that have a minimum: the others say nothing, and do not widen the range that was fitted. */
    private Runs behind(List<Minimum> sure) {
        Set<Integer> places = sure.stream()
                .flatMapToInt(each -> IntStream.of(each.budget().members()))
                .boxed()
                .collect(Collectors.toSet());
        return runs.fitted().where(places::contains);
    }

    private List<Minimum> minima(List<Budget> budgets) {
        return budgets.stream().map(this::minimum).toList();
    }

    private Minimum minimum(Budget budget) {
        if (budget.sizes() < FEWEST) {
            return new Minimum(budget, Double.NaN, Double.NaN);
        }
        double at = budget.minimum();
        double deviation = noise.at(budget.logFlops());
        if (Double.isNaN(at) || Double.isNaN(deviation)) {
            return new Minimum(budget, at, UNKNOWN_ERROR);
        }
        double[] moved = new Resampling(NOISE_DRAWS, settings.bootstrap().seed())
                .run(random -> budget.disturbedMinimum(random, deviation)).stream()
                        .mapToDouble(Double::doubleValue)
                        .filter(Double::isFinite)
                        .toArray();
        if (moved.length < NOISE_DRAWS / 2) {
            return new Minimum(budget, Double.NaN, Double.NaN);
        }
        double error = (Quantiles.of(moved, 0.84) - Quantiles.of(moved, 0.16)) / 2;
        return new Minimum(budget, at, Math.max(SMALLEST_ERROR, error));
    }

    private static PowerLine line(List<Minimum> minima, ToDoubleFunction<Minimum> value) {
        return PowerLine.fit(
                minima.stream()
                        .map(each -> new double[] {each.budget().logFlops()})
                        .toArray(double[][]::new),
                minima.stream().mapToDouble(value).toArray(),
                minima.stream().mapToDouble(Minimum::error).toArray());
    }

    /** One draw: every minimum moved by its own error and the scatter, with the heavier tails of a scatter that is estimated. */
    private static double[] draw(List<Minimum> minima, PowerLine size, RandomGenerator random) {
        double tail = Tail.draw(random, size.freedom());
        List<Minimum> moved = minima.stream()
                .map(each -> {
                    double spread = Math.hypot(each.error(), size.scatter());
                    double at =
                            size.at(new double[] {each.budget().logFlops()}) + tail * spread * random.nextGaussian();
                    return new Minimum(each.budget(), at, each.error());
                })
                .toList();
        PowerLine n = line(moved, Minimum::logParameters);
        PowerLine d = line(moved, Minimum::logTokens);
        return n == null || d == null ? null : constants(n, d);
    }

    private static double[] constants(PowerLine n, PowerLine d) {
        double[] size = n.constants();
        double[] data = d.constants();
        return new double[] {size[0], size[1], data[0], data[1]};
    }

    private static Map<String, Estimate> estimates(PowerLine n, PowerLine d, List<double[]> draws) {
        List<String> names =
                List.of("parameters.coefficient", "parameters.flops", "tokens.coefficient", "tokens.flops");
        return Intervals.of(names, constants(n, d), draws);
    }

    private static List<Residual> residuals(List<Minimum> minima, PowerLine line) {
        return minima.stream()
                .map(each -> new Residual(0, Math.exp(each.logParameters()), Math.exp(line.at(new double[] {
                    each.budget().logFlops()
                }))))
                .toList();
    }

    private static double squares(List<Minimum> minima, PowerLine line) {
        return minima.stream()
                .mapToDouble(each -> Math.pow(
                                each.logParameters()
                                        - line.at(new double[] {each.budget().logFlops()}),
                                2)
                        / (each.error() * each.error() + line.scatter() * line.scatter()))
                .sum();
    }

    /** The held-out budgets, or the largest one: size at its minimum against the line through the others. */
    private Optional<HeldOutPrediction> test(List<Minimum> inside) {
        boolean given = runs.keptBack().size() > 0;
        List<Minimum> asked = given
                ? minima(Budget.of(runs.keptBack())).stream()
                        .filter(Minimum::isInside)
                        .toList()
                : inside.subList(inside.size() - 1, inside.size());
        List<Minimum> used = given ? inside : inside.subList(0, inside.size() - 1);
        if (asked.isEmpty() || used.size() < 2) {
            return Optional.empty();
        }
        PowerLine line = line(used, Minimum::logParameters);
        if (line == null) {
            return Optional.empty();
        }
        return Optional.of(new HeldOutPrediction(
                (given ? "the budgets held out" : "the largest budget, kept back for this test alone")
                        + ": best size N",
                used.size(),
                residuals(asked, line)));
    }

    private static ResultTable table(List<Minimum> minima, PowerLine line) {
        List<List<String>> rows = new ArrayList<>();
        for (Minimum each : minima) {
            Budget budget = each.budget();
            rows.add(List.of(
                    String.format(Locale.ROOT, "%.3e", Math.exp(budget.logFlops())),
                    "" + budget.sizes(),
                    each.isInside() ? Numbers.of(Math.exp(each.logParameters())) : "not inside its runs",
                    each.isInside() ? String.format(Locale.ROOT, "%.1f %%", 100 * each.error()) : "-",
                    each.isInside() ? Numbers.of(Math.exp(each.logTokens())) : "-",
                    each.isInside() ? Numbers.of(each.loss()) : "-",
                    Numbers.of(Math.exp(line.at(new double[] {budget.logFlops()})))));
        }
        return new ResultTable(
                "Minimum of each budget",
                List.of("FLOPS", "SIZES", "BEST PARAMETERS", "ERROR", "TOKENS", "LOSS", "LAW'S PARAMETERS"),
                rows);
    }

    private void speak(List<Minimum> minima, List<Minimum> sure, PowerLine size) {
        if (sure.size() < minima.size()) {
            words.add(
                    "%d of %d budgets have fewer than %d sizes or their least loss at an end: they say nothing about the optimum and are left out."
                            .formatted(minima.size() - sure.size(), minima.size(), FEWEST));
        }
        if (sure.size() == 2) {
            words.add(
                    "2 budgets always lie on a line: how far budgets scatter around it is not told, and the interval is of"
                            + " their own errors with the widest tails.");
        } else if (sure.size() < 4) {
            words.add("3 budgets leave 1 degree of freedom: the exponent's interval rests on very little.");
        }
        double lead =
                sure.getLast().budget().logFlops() - sure.getFirst().budget().logFlops();
        if (lead < Math.log(30)) {
            words.add(String.format(
                    Locale.ROOT, "The budgets span a factor of %.1f only: exponents are weakly told.", Math.exp(lead)));
        }
    }

    private record Minimum(Budget budget, double logParameters, double error) {
        boolean isInside() {
            return Double.isFinite(logParameters);
        }

        double logTokens() {
            return budget.tokensAt(logParameters);
        }

        double loss() {
            return budget.lossAt(logParameters);
        }
    }
}
