package dev.calandra.laws.fit;

import dev.calandra.laws.forms.Chinchilla;
import dev.calandra.laws.numeric.Quantiles;
import dev.calandra.laws.table.Runs;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/** The compute-optimal split that follows from a law of parameters and tokens. */
final class Allocation {
    private static final double FLOPS_PER_PARAMETER = 6;
    private static final Chinchilla FORM = new Chinchilla();

    private Allocation() {}

    /** The split's exponents, and the split at the largest compute among the runs, 10 and 100 times that, with C = 6 N D. */
    static ResultTable table(double[] constants, List<double[]> draws, Runs runs) {
        double most = 0;
        for (int i = 0; i < runs.size(); i++) {
            most = Math.max(most, FLOPS_PER_PARAMETER * runs.of("parameters")[i] * runs.of("tokens")[i]);
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(row("exponent of parameters, N ~ C^a", constants, draws, c -> c[4] / (c[2] + c[4])));
        rows.add(row("exponent of tokens, D ~ C^b", constants, draws, c -> c[2] / (c[2] + c[4])));
        for (double compute : new double[] {most, 10 * most, 100 * most}) {
            String at = String.format(Locale.ROOT, " at C = %.2e", compute);
            rows.add(row(
                    "parameters" + at, constants, draws, c -> split(c, compute).parameters()));
            rows.add(row("tokens" + at, constants, draws, c -> split(c, compute).tokens()));
        }
        return new ResultTable("Compute-optimal split, C = 6 N D", List.of("OPTIMUM", "VALUE", "95 % INTERVAL"), rows);
    }

    private static Chinchilla.Split split(double[] constants, double compute) {
        return FORM.optimum(constants, compute, FLOPS_PER_PARAMETER);
    }

    private static List<String> row(
            String name, double[] constants, List<double[]> draws, ToDoubleFunction<double[]> value) {
        double[] all =
                draws.stream().mapToDouble(value).filter(Double::isFinite).toArray();
        String interval = all.length == 0
                ? "-"
                : Numbers.of(Quantiles.of(all, 0.025)) + " to " + Numbers.of(Quantiles.of(all, 0.975));
        return List.of(name, Numbers.of(value.applyAsDouble(constants)), interval);
    }
}
