package dev.calandra.laws.fit;

import dev.calandra.laws.forms.LossForm;
import dev.calandra.laws.forms.Saturation;
import dev.calandra.laws.numeric.Huber;
import dev.calandra.laws.numeric.NonNegative;
import dev.calandra.laws.numeric.Symmetric;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.IntFunction;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/**
 * Where the search for constants starts. In each form some constants are linear once the others are given: those are solved for
 * (variable projection) at every point of a fine grid over the others, and the best points of the grid, those in other valleys included, are
 * the starts.
 */
final class Starts {
    private static final int MOST = 16;
    private static final int FINE = 44;
    private static final int REWEIGHTINGS = 3;

    private final double[][] logs;
    private final double[] losses;
    private final Huber huber;

    /**
     * @param logs of the variables, for each run
     * @param huber of residuals of log losses
     */
    Starts(double[][] logs, double[] losses, Huber huber) {
        this.logs = logs;
        this.losses = losses;
        this.huber = huber;
    }

    /** Constants to start from, best first. */
    List<double[]> of(LossForm form) {
        return switch (form.name()) {
            case "chinchilla" -> chinchilla();
            case "overtraining" -> overtraining();
            case "repetition" -> repetition();
            case "routed" -> routed();
            case "leverage" -> leverage();
            default -> throw new IllegalArgumentException("no starts for " + form.name());
        };
    }

    private List<double[]> chinchilla() {
        double[] exponents = spaced(0.03, 2.5, FINE);
        double[][] model = powers(0, exponents);
        double[][] data = powers(1, exponents);
        Point[][] grid = new Point[FINE][FINE];
        IntStream.range(0, FINE * FINE).parallel().forEach(cell -> {
            int a = cell / FINE;
            int b = cell % FINE;
            Solved solved = project(i -> model[a][i], i -> data[b][i]);
            double[] x = solved.coefficients();
            grid[a][b] = new Point(new double[] {x[0], x[1], exponents[a], x[2], exponents[b]}, solved.objective());
        });
        return valleys(grid);
    }

    private List<double[]> overtraining() {
        double[] exponents = spaced(0.03, 2.5, FINE * 4);
        double[][] model = powers(0, exponents);
        double[][] data = powers(1, exponents);
        Point[][] grid = new Point[exponents.length][1];
        for (int k = 0; k < exponents.length; k++) {
            int at = k;
            Solved solved = project(i -> model[at][i], i -> data[at][i]);
            double[] x = solved.coefficients();
            grid[k][0] = new Point(new double[] {x[0], x[1], x[2], exponents[k]}, solved.objective());
        }
        return valleys(grid);
    }

    /** Repeats are left aside at first: each of a few pairs of decay constants joins the starts of the law without them. */
    private List<double[]> repetition() {
        List<double[]> starts = new ArrayList<>();
        for (double[] base : chinchilla().subList(0, 1)) {
            for (double tokens : new double[] {4, 15, 60}) {
                for (double model : new double[] {2, 5, 20}) {
                    starts.add(new double[] {base[0], base[1], base[2], base[3], base[4], tokens, model});
                }
            }
        }
        return starts;
    }

    /** Clark's form: given both ends of the saturation, log10 of the loss is linear. */
    private List<double[]> routed() {
        double[] firsts = spaced(1.05, 20, 24);
        double[] lasts = spaced(20, 1e5, 24);
        Point[][] grid = new Point[firsts.length][lasts.length];
        for (int s = 0; s < firsts.length; s++) {
            for (int m = 0; m < lasts.length; m++) {
                double first = firsts[s];
                double last = lasts[m];
                if (first >= last) {
                    grid[s][m] = Point.NONE;
                    continue;
                }
                Point point = linear(i -> Math.log10(losses[i]), i -> {
                    double n = logs[i][0] / Math.log(10);
                    double e = Math.log10(
                            Saturation.of(Math.exp(logs[i][1]) - 1, first, last).value());
                    return new double[] {n, e, n * e, 1};
                });
                grid[s][m] = point.with(first, last);
            }
        }
        return valleys(grid);
    }

    private List<double[]> leverage() {
        double[] firsts = spaced(1e-4, 0.5, 24);
        double[] lasts = spaced(1, 1e6, 8);
        Point[][] grid = new Point[firsts.length][lasts.length];
        for (int s = 0; s < firsts.length; s++) {
            for (int m = 0; m < lasts.length; m++) {
                double first = firsts[s];
                double last = lasts[m];
                Point point = linear(i -> Math.log(losses[i]), i -> {
                    double ratio = Math.log(
                            Saturation.of(Math.exp(logs[i][0]), first, last).value());
                    double g = logs[i][1] / Math.log(2);
                    return new double[] {ratio, ratio * logs[i][2] / Math.log(10), ratio * g * g, ratio * g};
                });
                grid[s][m] = point.with(first, last);
            }
        }
        return valleys(grid);
    }

    /** Non-negative E, A, B of least Huber loss of log residuals, by reweighted squares of relative residuals. */
    private Solved project(IntToDoubleFunction model, IntToDoubleFunction data) {
        int n = losses.length;
        double[] weights = new double[n];
        for (int i = 0; i < n; i++) {
            weights[i] = 1 / (losses[i] * losses[i]);
        }
        double[] x = new double[3];
        double objective = Double.POSITIVE_INFINITY;
        for (int round = 0; round <= REWEIGHTINGS; round++) {
            double[] next = NonNegative.solve(normal(weights, model, data), right(weights, model, data));
            double sum = 0;
            for (int i = 0; i < n; i++) {
                double predicted = next[0] + next[1] * model.applyAsDouble(i) + next[2] * data.applyAsDouble(i);
                double residual = predicted > 0 ? Math.log(predicted / losses[i]) : -50;
                sum += huber.of(residual);
                weights[i] = huber.weight(residual) / (losses[i] * losses[i]);
            }
            if (!(sum < objective)) {
                break;
            }
            objective = sum;
            x = next;
        }
        return new Solved(x, objective);
    }

    private double[][] normal(double[] weights, IntToDoubleFunction model, IntToDoubleFunction data) {
        double[][] m = new double[3][3];
        for (int i = 0; i < weights.length; i++) {
            double w = weights[i];
            double a = model.applyAsDouble(i);
            double b = data.applyAsDouble(i);
            m[0][0] += w;
            m[1][0] += w * a;
            m[1][1] += w * a * a;
            m[2][0] += w * b;
            m[2][1] += w * a * b;
            m[2][2] += w * b * b;
        }
        m[0][1] = m[1][0];
        m[0][2] = m[2][0];
        m[1][2] = m[2][1];
        return m;
    }

    private double[] right(double[] weights, IntToDoubleFunction model, IntToDoubleFunction data) {
        double[] b = new double[3];
        for (int i = 0; i < weights.length; i++) {
            double w = weights[i] * losses[i];
            b[0] += w;
            b[1] += w * model.applyAsDouble(i);
            b[2] += w * data.applyAsDouble(i);
        }
        return b;
    }

    private Point linear(IntToDoubleFunction target, IntFunction<double[]> features) {
        double[][] m = new double[4][4];
        double[] b = new double[4];
        for (int i = 0; i < losses.length; i++) {
            double[] f = features.apply(i);
            for (int j = 0; j < 4; j++) {
                b[j] += f[j] * target.applyAsDouble(i);
                for (int k = 0; k < 4; k++) {
                    m[j][k] += f[j] * f[k];
                }
            }
        }
        for (int j = 0; j < 4; j++) {
            m[j][j] *= 1 + 1e-10;
        }
        double[] x = Symmetric.solve(m, b);
        if (x == null) {
            return Point.NONE;
        }
        double objective = 0;
        for (int i = 0; i < losses.length; i++) {
            double[] f = features.apply(i);
            double residual = -target.applyAsDouble(i);
            for (int j = 0; j < 4; j++) {
                residual += x[j] * f[j];
            }
            objective += residual * residual;
        }
        return new Point(x, objective);
    }

    /** Points of a grid that none of their neighbours beats, best first, then the best of the others. */
    private static List<double[]> valleys(Point[][] grid) {
        List<Point> bottoms = new ArrayList<>();
        List<Point> others = new ArrayList<>();
        for (int i = 0; i < grid.length; i++) {
            for (int j = 0; j < grid[i].length; j++) {
                if (grid[i][j].constants() != null) {
                    (isBottom(grid, i, j) ? bottoms : others).add(grid[i][j]);
                }
            }
        }
        Comparator<Point> best = Comparator.comparingDouble(Point::objective);
        bottoms.sort(best);
        others.sort(best);
        List<double[]> starts = new ArrayList<>();
        bottoms.stream().limit(MOST / 2).forEach(point -> starts.add(point.constants()));
        // Every third of the best, so that the starts do not all stand in one corner of the valley.
        for (int k = 0; k < others.size() && starts.size() < MOST; k += 3) {
            starts.add(others.get(k).constants());
        }
        return starts;
    }

    private static boolean isBottom(Point[][] grid, int i, int j) {
        for (int a = Math.max(0, i - 1); a <= Math.min(grid.length - 1, i + 1); a++) {
            for (int b = Math.max(0, j - 1); b <= Math.min(grid[a].length - 1, j + 1); b++) {
                if (grid[a][b].objective() < grid[i][j].objective()) {
                    return false;
                }
            }
        }
        return true;
    }

    private double[][] powers(int variable, double[] exponents) {
        double[][] powers = new double[exponents.length][losses.length];
        for (int k = 0; k < exponents.length; k++) {
            for (int i = 0; i < losses.length; i++) {
                powers[k][i] = Math.exp(-exponents[k] * logs[i][variable]);
            }
        }
        return powers;
    }

    private static double[] spaced(double from, double to, int count) {
        double[] values = new double[count];
        for (int i = 0; i < count; i++) {
            values[i] = from * Math.pow(to / from, i / (count - 1.0));
        }
        return values;
    }

    private record Solved(double[] coefficients, double objective) {}

    private record Point(double[] constants, double objective) {
        static final Point NONE = new Point(null, Double.POSITIVE_INFINITY);

        Point with(double first, double last) {
            if (constants == null) {
                return this;
            }
            return new Point(
                    new double[] {constants[0], constants[1], constants[2], constants[3], first, last}, objective);
        }
    }
}
