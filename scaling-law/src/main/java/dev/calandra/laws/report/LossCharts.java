package dev.calandra.laws.report;

import dev.calandra.laws.chart.Axis;
import dev.calandra.laws.chart.Chart;
import dev.calandra.laws.fit.FitResult;
import dev.calandra.laws.fit.Residual;
import dev.calandra.laws.forms.Chinchilla;
import dev.calandra.laws.forms.LossForm;
import dev.calandra.laws.numeric.Quantiles;
import dev.calandra.laws.table.Runs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** Charts of a law that tells the loss from parameters and tokens. */
final class LossCharts {
    private static final int POINTS = 60;
    private static final int DRAWS = 200;
    private static final int CURVES = 5;
    private static final double NEAR = Math.log(1.3);
    private static final double FLOPS_PER_PARAMETER = 6;

    private final Runs runs;
    private final LossForm form;
    private final double[] constants;
    private final List<double[]> draws;
    private final double[] compute;

    LossCharts(FitResult result, LossForm form) {
        this.runs = result.runs();
        this.form = form;
        this.constants = result.values();
        this.draws = result.draws().stream().limit(DRAWS).toList();
        double[] n = runs.of("parameters");
        double[] d = runs.of("tokens");
        this.compute = IntStream.range(0, n.length)
                .mapToDouble(i -> FLOPS_PER_PARAMETER * n[i] * d[i])
                .toArray();
    }

    List<String> draw() {
        List<String> charts = new ArrayList<>();
        charts.add(envelope());
        if (form instanceof Chinchilla) {
            charts.add(isoFlop());
            charts.add(bestSize());
        }
        if (form.variables().size() == 2) {
            charts.add(byTokens());
        }
        return charts;
    }

    /** Runs by compute, and the least loss that the law allows for it. */
    private String envelope() {
        Chart chart =
                new Chart("Loss against compute", Axis.log("training FLOPs, 6 N D"), Axis.log("loss, nats per token"));
        double[] sizes = Arrays.stream(runs.of("parameters")).map(Math::log).toArray();
        for (int band = 0; band < CURVES; band++) {
            double from = Quantiles.of(sizes, band / (double) CURVES);
            double to = Quantiles.of(sizes, (band + 1.0) / CURVES);
            boolean last = band == CURVES - 1;
            int[] members = IntStream.range(0, sizes.length)
                    .filter(i -> sizes[i] >= from && (sizes[i] < to || last))
                    .toArray();
            if (members.length > 0) {
                chart.points(
                        String.format(Locale.ROOT, "N %.1e", Math.exp(Quantiles.median(pick(sizes, members)))),
                        Chart.colour(band),
                        pick(compute, members),
                        pick(runs.of("loss"), members));
            }
        }
        if (form instanceof Chinchilla chinchilla) {
            double[] x = spaced(least(compute), 10 * most(compute));
            band(chart, "envelope", x, (c, flops) -> {
                Chinchilla.Split split = chinchilla.optimum(c, flops, FLOPS_PER_PARAMETER);
                return form.loss(c, new double[] {Math.log(split.parameters()), Math.log(split.tokens())});
            });
        }
        return chart.svg();
    }

    /** The law along budgets, with the runs near each. */
    private String isoFlop() {
        Chart chart = new Chart(
                "IsoFLOP curves: the law, and the runs within 30 % of each budget",
                Axis.log("parameters"), Axis.log("loss, nats per token"));
        double[] logs = Arrays.stream(compute).map(Math::log).toArray();
        double[] sizes = spaced(least(runs.of("parameters")), most(runs.of("parameters")));
        double[] d = runs.of("tokens");
        for (int k = 0; k < CURVES; k++) {
            double budget = Math.exp(Quantiles.of(logs, (k + 0.5) / CURVES));
            int[] near = IntStream.range(0, compute.length)
                    .filter(i -> Math.abs(Math.log(compute[i] / budget)) < NEAR)
                    .toArray();
            chart.points("", Chart.colour(k), pick(runs.of("parameters"), near), pick(runs.of("loss"), near));
            double[] possible = Arrays.stream(sizes)
                    .filter(n -> budget / (FLOPS_PER_PARAMETER * n) > least(d) / 4
                            && budget / (FLOPS_PER_PARAMETER * n) < most(d) * 4)
                    .toArray();
            chart.line(
                    String.format(Locale.ROOT, "C %.1e", budget),
                    Chart.colour(k),
                    possible,
                    Arrays.stream(possible)
                            .map(n -> form.loss(
                                    constants,
                                    new double[] {Math.log(n), Math.log(budget / (FLOPS_PER_PARAMETER * n))}))
                            .toArray());
        }
        return chart.svg();
    }

    private String bestSize() {
        Chart chart = new Chart(
                "Compute-optimal size and data, with 95 % bands",
                Axis.log("training FLOPs, 6 N D"), Axis.log("parameters, tokens"));
        Chinchilla chinchilla = (Chinchilla) form;
        double[] x = spaced(least(compute), 100 * most(compute));
        band(
                chart,
                "parameters",
                x,
                (c, flops) -> chinchilla.optimum(c, flops, FLOPS_PER_PARAMETER).parameters());
        chart.dashes(
                "tokens",
                Chart.colour(1),
                x,
                Arrays.stream(x)
                        .map(flops -> chinchilla
                                .optimum(constants, flops, FLOPS_PER_PARAMETER)
                                .tokens())
                        .toArray());
        chart.points("runs: N", Chart.colour(6), compute, runs.of("parameters"));
        return chart.svg();
    }

    /** The law for a few sizes, with bands, and the runs of those sizes. */
    private String byTokens() {
        Chart chart = new Chart(
                "Loss against tokens: the law with 95 % bands, and runs",
                Axis.log("tokens"), Axis.log("loss, nats per token"));
        double[] n = runs.of("parameters");
        double[] distinct = Arrays.stream(n).distinct().sorted().toArray();
        double[] x = spaced(least(runs.of("tokens")), 4 * most(runs.of("tokens")));
        for (int k = 0; k < Math.min(CURVES, distinct.length); k++) {
            double size = distinct[
                    (int) Math.round(k * (distinct.length - 1.0) / Math.max(1, Math.min(CURVES, distinct.length) - 1))];
            int[] members =
                    IntStream.range(0, n.length).filter(i -> n[i] == size).toArray();
            chart.points("", Chart.colour(k), pick(runs.of("tokens"), members), pick(runs.of("loss"), members));
            Bands.add(
                    chart,
                    String.format(Locale.ROOT, "N %.2e", size),
                    Chart.colour(k),
                    x,
                    constants,
                    draws,
                    (c, tokens) -> form.loss(c, new double[] {Math.log(size), Math.log(tokens)}));
        }
        return chart.svg();
    }

    /** Residuals of every run by what the law says, in percent. */
    static String residuals(FitResult result) {
        Chart chart = new Chart(
                "Residuals of the fitted " + result.residualsOf(),
                Axis.log("what the law says"),
                Axis.linear("law over measured, less 1, in %"));
        List<Residual> runs = result.residuals();
        return chart.points(
                        "fitted",
                        Chart.colour(0),
                        runs.stream().mapToDouble(Residual::predicted).toArray(),
                        runs.stream().mapToDouble(run -> 100 * run.relative()).toArray())
                .svg();
    }

    private void band(Chart chart, String name, double[] x, Bands.Curve curve) {
        Bands.add(chart, name, Chart.colour(0), x, constants, draws, curve);
    }

    private static double[] pick(double[] values, int[] places) {
        return IntStream.of(places).mapToDouble(i -> values[i]).toArray();
    }

    private static double least(double[] values) {
        return Arrays.stream(values).min().orElseThrow();
    }

    private static double most(double[] values) {
        return Arrays.stream(values).max().orElseThrow();
    }

    private static double[] spaced(double from, double to) {
        return Bands.spaced(from, to, POINTS);
    }
}
