package dev.calandra.laws.fit;

import dev.calandra.laws.numeric.Quantiles;
import dev.calandra.laws.numeric.Resampling;
import dev.calandra.laws.numeric.Symmetric;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * The best learning rate and batch size of one cell: the lowest point of a quadratic in both logarithms, fitted to the runs whose loss is
 * near the cell's best (a bowl is quadratic at its bottom only). Where the runs do not make a bowl of their own, its shape is that of the
 * other cells and only its place is fitted.
 *
 * @param cell the runs
 * @param logRate natural logarithm of the best rate
 * @param logBatch natural logarithm of the best batch
 * @param rateError standard error of {@code logRate}
 * @param batchError standard error of {@code logBatch}
 * @param shape the quadratic's second derivatives: rate, both, batch
 * @param isOwn whether the shape is the cell's own
 * @param isInside whether the lowest point lies within the grid
 */
public record Bowl(
        Cell cell,
        double logRate,
        double logBatch,
        double rateError,
        double batchError,
        double[] shape,
        boolean isOwn,
        boolean isInside) {
    /** Runs that place a bowl of a given shape. */
    static final int FEWEST_SHAPED = 3;

    private static final int FEWEST = 8;
    private static final int WANTED = 14;
    private static final double LEAST_DEPTH = 0.0025;
    private static final double MOST_DEPTH = 0.1;
    private static final int NOISE_DRAWS = 200;

    /**
     * Fits a bowl with its own shape.
     *
     * @return null if the runs make none
     */
    static Bowl own(Cell cell, long seed) {
        return fit(cell, null, seed);
    }

    /**
     * Fits a bowl of a given shape.
     *
     * @return null if the cell has fewer than 3 runs
     */
    static Bowl shaped(Cell cell, double[] shape, long seed) {
        return fit(cell, shape, seed);
    }

    /** The shape that stands for those of many bowls. */
    static double[] typical(List<Bowl> bowls) {
        double[] shape = new double[3];
        for (int k = 0; k < 3; k++) {
            int place = k;
            shape[k] = Quantiles.median(
                    bowls.stream().mapToDouble(bowl -> bowl.shape()[place]).toArray());
        }
        double limit = 0.9 * Math.sqrt(shape[0] * shape[2]);
        shape[1] = Math.clamp(shape[1], -limit, limit);
        return shape;
    }

    private static Bowl fit(Cell cell, double[] shape, long seed) {
        int best = cell.best();
        double[] x = logs(cell.rates(), cell.rates()[best]);
        double[] y = logs(cell.batches(), cell.batches()[best]);
        double[] weights = weights(cell);
        double[] coefficients = solve(x, y, cell.losses(), weights, shape);
        double[] bottom = bottom(coefficients, shape);
        if (bottom == null) {
            return null;
        }
        double noise = noise(x, y, cell.losses(), weights, coefficients, shape);
        List<double[]> moved = new Resampling(NOISE_DRAWS, seed)
                .run(random -> bottom(solve(x, y, noisy(cell.losses(), noise, random), weights, shape), shape));
        if (moved.size() < NOISE_DRAWS / 2) {
            return null;
        }
        double[] held = {clamp(bottom[0], x), clamp(bottom[1], y)};
        boolean inside = held[0] == bottom[0] && held[1] == bottom[1];
        double[] own = shape != null ? shape : new double[] {coefficients[3], coefficients[4], coefficients[5]};
        return new Bowl(
                cell,
                held[0] + Math.log(cell.rates()[best]),
                held[1] + Math.log(cell.batches()[best]),
                error(moved, 0, x),
                error(moved, 1, y),
                own,
                shape == null,
                inside);
    }

    /** Full weight near the least loss, none far above it; deep enough that enough runs count. */
    private static double[] weights(Cell cell) {
        double least = cell.losses()[cell.best()];
        double[] excess =
                Arrays.stream(cell.losses()).map(loss -> loss / least - 1).toArray();
        double depth = Quantiles.of(excess, Math.min(1, WANTED / (double) cell.size()));
        depth = Math.clamp(depth, LEAST_DEPTH, MOST_DEPTH);
        double[] weights = new double[excess.length];
        for (int i = 0; i < weights.length; i++) {
            double ratio = excess[i] / (2 * depth);
            weights[i] = ratio < 1 ? Math.pow(1 - ratio * ratio, 2) : 0;
        }
        return weights;
    }

    /** c, by x, by y and, where the shape is not given, by x^2/2, xy, y^2/2; null where the runs do not tell. */
    private static double[] solve(double[] x, double[] y, double[] losses, double[] weights, double[] shape) {
        int unknowns = shape == null ? 6 : FEWEST_SHAPED;
        long counted = Arrays.stream(weights).filter(w -> w > 0.05).count();
        if (counted < (shape == null ? FEWEST : unknowns)) {
            return null;
        }
        double[][] m = new double[unknowns][unknowns];
        double[] b = new double[unknowns];
        for (int i = 0; i < losses.length; i++) {
            double[] f = {1, x[i], y[i], x[i] * x[i] / 2, x[i] * y[i], y[i] * y[i] / 2};
            double target = losses[i];
            if (shape != null) {
                target -= shape[0] * f[3] + shape[1] * f[4] + shape[2] * f[5];
            }
            for (int j = 0; j < unknowns; j++) {
                b[j] += weights[i] * f[j] * target;
                for (int k = 0; k < unknowns; k++) {
                    m[j][k] += weights[i] * f[j] * f[k];
                }
            }
        }
        return Symmetric.solve(m, b);
    }

    private static double[] bottom(double[] coefficients, double[] shape) {
        if (coefficients == null) {
            return null;
        }
        double a = shape == null ? coefficients[3] : shape[0];
        double h = shape == null ? coefficients[4] : shape[1];
        double b = shape == null ? coefficients[5] : shape[2];
        double determinant = a * b - h * h;
        if (!(a > 0) || !(determinant > 0.01 * a * b)) {
            return null;
        }
        return new double[] {
            -(b * coefficients[1] - h * coefficients[2]) / determinant,
            -(a * coefficients[2] - h * coefficients[1]) / determinant
        };
    }

    private static double noise(double[] x, double[] y, double[] losses, double[] weights, double[] c, double[] shape) {
        double[] s = shape == null ? new double[] {c[3], c[4], c[5]} : shape;
        double squares = 0;
        double count = 0;
        for (int i = 0; i < losses.length; i++) {
            double fitted = c[0]
                    + c[1] * x[i]
                    + c[2] * y[i]
                    + s[0] * x[i] * x[i] / 2
                    + s[1] * x[i] * y[i]
                    + s[2] * y[i] * y[i] / 2;
            squares += weights[i] * Math.pow(losses[i] - fitted, 2);
            count += weights[i];
        }
        int unknowns = shape == null ? 6 : 3;
        return Math.sqrt(squares / Math.max(count - unknowns, 1));
    }

    private static double[] noisy(double[] losses, double noise, RandomGenerator random) {
        return Arrays.stream(losses)
                .map(loss -> loss + noise * random.nextGaussian())
                .toArray();
    }

    /** Half the middle 68 % of the draws; never less than a tenth of the grid's step, for nothing is told finer than that. */
    private static double error(List<double[]> moved, int place, double[] grid) {
        double[] column = moved.stream().mapToDouble(each -> each[place]).toArray();
        double spread = (Quantiles.of(column, 0.84) - Quantiles.of(column, 0.16)) / 2;
        double[] distinct = Arrays.stream(grid).distinct().sorted().toArray();
        double step = distinct.length < 2 ? 1 : (distinct[distinct.length - 1] - distinct[0]) / (distinct.length - 1);
        return Math.max(spread, 0.1 * step);
    }

    private static double clamp(double value, double[] grid) {
        double from = Arrays.stream(grid).min().orElseThrow();
        double to = Arrays.stream(grid).max().orElseThrow();
        return Math.clamp(value, from, to);
    }

    private static double[] logs(double[] values, double origin) {
        return Arrays.stream(values).map(value -> Math.log(value / origin)).toArray();
    }
}
