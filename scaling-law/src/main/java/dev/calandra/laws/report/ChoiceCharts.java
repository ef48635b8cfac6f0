package dev.calandra.laws.report;

import dev.calandra.laws.chart.Axis;
import dev.calandra.laws.chart.Chart;
import dev.calandra.laws.fit.Budget;
import dev.calandra.laws.fit.Cell;
import dev.calandra.laws.fit.FitResult;
import dev.calandra.laws.fit.Knob;
import dev.calandra.laws.numeric.Quantiles;
import dev.calandra.laws.records.PowerProduct;
import dev.calandra.laws.table.Runs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.IntStream;

/** Charts of laws that choose: learning rate and batch size, or size by compute. */
final class ChoiceCharts {
    private static final int CURVES = 10;
    private static final int POINTS = 40;
    /** Runs that show something of a bowl. */
    private static final int FEWEST = 3;

    private static final double HIGHEST_EXCESS = 10;

    private final FitResult result;
    private final Runs runs;

    ChoiceCharts(FitResult result) {
        this.result = result;
        this.runs = result.runs();
    }

    /** Bowls of a grid over learning rate and batch size, and both laws. */
    List<String> grid() {
        List<Cell> cells = Cell.of(runs).stream()
                .filter(cell -> cell.size() >= FEWEST)
                .sorted(Comparator.comparingDouble(
                        cell -> cell.point().get("parameters") * cell.point().get("tokens")))
                .toList();
        List<String> charts = new ArrayList<>();
        for (Knob knob : Knob.values()) {
            boolean rate = knob == Knob.LEARNING_RATE;
            String target = knob.target();
            if (PowerProduct.of(target, result.constants().keySet(), result.values())
                    .isPresent()) {
                Function<Cell, double[]> own = rate ? Cell::rates : Cell::batches;
                charts.add(bowls(
                        rate
                                ? "Bowls over the learning rate, at the best batch of each cell"
                                : "Bowls over the batch, at the best learning rate of each cell",
                        rate ? "learning rate" : "tokens per step",
                        cells,
                        own,
                        rate ? Cell::batches : Cell::rates));
                charts.add(law(target, cells, own));
            }
        }
        return charts;
    }

    private static String bowls(
            String title,
            String label,
            List<Cell> cells,
            Function<Cell, double[]> along,
            Function<Cell, double[]> held) {
        Chart chart = new Chart(title, Axis.log(label), Axis.linear("loss over the cell's best, in %, up to 10"));
        int stride = Math.max(1, (cells.size() + CURVES - 1) / CURVES);
        for (int k = 0; k * stride < cells.size(); k++) {
            Cell cell = cells.get(k * stride);
            int best = cell.best();
            double fixed = held.apply(cell)[best];
            int[] members = IntStream.range(0, cell.size())
                    .filter(i -> Math.abs(Math.log(held.apply(cell)[i] / fixed)) < 0.01)
                    .boxed()
                    .sorted(Comparator.comparingDouble(i -> along.apply(cell)[i]))
                    .mapToInt(i -> i)
                    .toArray();
            if (members.length < FEWEST) {
                continue;
            }
            double[] x =
                    IntStream.of(members).mapToDouble(i -> along.apply(cell)[i]).toArray();
            double[] y = IntStream.of(members)
                    .mapToDouble(i -> 100 * (cell.losses()[i] / cell.losses()[best] - 1))
                    .map(excess -> Math.min(excess, HIGHEST_EXCESS))
                    .toArray();
            String name = String.format(
                            Locale.ROOT,
                            "N %.1e, D %.1e",
                            cell.point().get("parameters"),
                            cell.point().get("tokens"))
                    .replace("e+0", "e")
                    .replace("e+", "e");
            chart.line(name, Chart.colour(k), x, y).points("", Chart.colour(k), x, y);
        }
        return chart.svg();
    }

    /** What the law chooses for each cell against the cell's best run, with the draws' interval. */
    private String law(String target, List<Cell> cells, Function<Cell, double[]> values) {
        Chart chart = new Chart(
                "The law's " + target + ", with 95 % intervals, and each cell's best run",
                Axis.log("6 N D"),
                Axis.log(target));
        double[] x = new double[cells.size()];
        double[] chosen = new double[x.length];
        double[] low = new double[x.length];
        double[] high = new double[x.length];
        double[] best = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            Cell cell = cells.get(i);
            x[i] = 6 * cell.point().get("parameters") * cell.point().get("tokens");
            best[i] = values.apply(cell)[cell.best()];
            chosen[i] = rule(target, result.values()).at(cell.point());
            double[] drawn = result.draws().stream()
                    .mapToDouble(draw -> rule(target, draw).at(cell.point()))
                    .sorted()
                    .toArray();
            low[i] = drawn.length == 0 ? chosen[i] : Quantiles.ofSorted(drawn, 0.025);
            high[i] = drawn.length == 0 ? chosen[i] : Quantiles.ofSorted(drawn, 0.975);
        }
        return chart.bars(Chart.colour(0), x, low, high)
                .points("law", Chart.colour(0), x, chosen)
                .points("best run", Chart.colour(1), x, best)
                .svg();
    }

    private PowerProduct rule(String target, double[] values) {
        return PowerProduct.of(target, result.constants().keySet(), values).orElseThrow();
    }

    /** IsoFLOP runs by budget, and the best size by compute. */
    List<String> isoFlop() {
        Chart curves = new Chart("IsoFLOP curves", Axis.log("parameters"), Axis.log("loss, nats per token"));
        List<Budget> budgets = Budget.of(runs);
        int k = 0;
        for (Budget budget : budgets) {
            double[] x = exp(budget.logParameters());
            curves.line(
                            String.format(Locale.ROOT, "C %.1e", Math.exp(budget.logFlops())),
                            Chart.colour(k),
                            x,
                            budget.losses())
                    .points("", Chart.colour(k), x, budget.losses());
            k++;
        }
        Chart law =
                new Chart("Best size by compute, with 95 % band", Axis.log("training FLOPs"), Axis.log("parameters"));
        double[] flops = runs.of("flops");
        double[] x = Bands.spaced(
                Arrays.stream(flops).min().orElseThrow(),
                10 * Arrays.stream(flops).max().orElseThrow(),
                POINTS);
        Bands.add(
                law,
                "law",
                Chart.colour(0),
                x,
                result.values(),
                result.draws(),
                (c, at) -> Math.exp(Math.log(c[0]) + c[1] * Math.log(at)));
        double[] bestX =
                budgets.stream().mapToDouble(each -> Math.exp(each.logFlops())).toArray();
        double[] bestY = budgets.stream().mapToDouble(ChoiceCharts::best).toArray();
        law.points("best run", Chart.colour(1), bestX, bestY);
        return List.of(curves.svg(), law.svg());
    }

    private static double best(Budget budget) {
        int least = IntStream.range(0, budget.losses().length)
                .reduce((a, b) -> budget.losses()[b] < budget.losses()[a] ? b : a)
                .orElseThrow();
        return Math.exp(budget.logParameters()[least]);
    }

    private static double[] exp(double[] logs) {
        return Arrays.stream(logs).map(Math::exp).toArray();
    }
}
