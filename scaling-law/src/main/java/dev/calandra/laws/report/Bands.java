package dev.calandra.laws.report;

import dev.calandra.laws.chart.Chart;
import dev.calandra.laws.numeric.Quantiles;
import java.util.List;

/** Curves of a law with the middle 95 % of its bootstrap draws around them. */
final class Bands {
    private Bands() {}

    /** A curve by the constants of its law. */
    @FunctionalInterface
    interface Curve {
        double at(double[] constants, double x);
    }

    static void add(
            Chart chart,
            String name,
            String colour,
            double[] x,
            double[] constants,
            List<double[]> draws,
            Curve curve) {
        double[] y = new double[x.length];
        double[] low = new double[x.length];
        double[] high = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            double place = x[i];
            y[i] = curve.at(constants, place);
            double[] all = draws.stream()
                    .mapToDouble(draw -> curve.at(draw, place))
                    .filter(Double::isFinite)
                    .toArray();
            low[i] = all.length == 0 ? y[i] : Quantiles.of(all, 0.025);
            high[i] = all.length == 0 ? y[i] : Quantiles.of(all, 0.975);
        }
        if (!draws.isEmpty()) {
            chart.band("", colour, x, low, high);
        }
        chart.line(name, colour, x, y);
    }

    /** Values at equal factors. */
    static double[] spaced(double from, double to, int count) {
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            values[i] = from * Math.pow(to / from, i / (count - 1.0));
        }
        return values;
    }
}
