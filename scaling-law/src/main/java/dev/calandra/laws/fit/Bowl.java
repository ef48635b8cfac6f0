package dev.calandra.laws.fit;

import dev.calandra.laws.numeric.Quantiles;
import dev.calandra.laws.numeric.Resampling;
import dev.calandra.laws.numeric.Symmetric;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * The best learning rate and batch size of one cell, or the best of one of them at a given other: the lowest point of a quadratic in
 * their logarithms, fitted to the runs whose loss is near the cell's best (a bowl is quadratic at its bottom only). Where the runs do not
 * make a bowl of their own, its shape is that of the other cells and only its place is fitted.
 *
 * @param cell the runs
 * @param knobs what the bowl is over
 * @param logs natural logarithms of the best values, by knob
 * @param errors their standard errors
 * @param shape the quadratic's second derivatives, row by row of the upper triangle: rate, both, batch for two knobs
 * @param isOwn whether the shape is the cell's own
 * @param isInside whether the lowest point lies within the grid
 */
record Bowl(
        Cell cell, List<Knob> knobs, double[] logs, double[] errors, double[] shape, boolean isOwn, boolean isInside) {
    /** Runs that place a bowl of a given shape. */
    static final int FEWEST_SHAPED = 3;

    private static final int WANTED = 14;
    private static final double LEAST_DEPTH = 0.0025;
    private static final double MOST_DEPTH = 0.1;
    private static final double COUNTS = 0.05;
    private static final int NOISE_DRAWS = 200;
    /** Least error in steps of the grid: nothing is told finer than that, and less where the runs do no more than make the bowl. */
    private static final double FINEST = 0.1;

    private static final double FINEST_WITHOUT_FREEDOM = 0.5;

    /** Runs that make a bowl with a shape of its own: two more than constants for two knobs, as many for one. */
    static int fewestOwn(int knobs) {
        return knobs == 1 ? 3 : 8;
    }

    /**
     * Fits a bowl with its own shape.
     *
     * @return null if the runs make none
     */
    static Bowl own(Cell cell, List<Knob> knobs, long seed) {
        return new Fit(cell, knobs, null).bowl(seed);
    }

    /**
     * Fits a bowl of a given shape.
     *
     * @return null if the cell has too few runs, or they do not place it
     */
    static Bowl shaped(Cell cell, List<Knob> knobs, double[] shape, long seed) {
        return new Fit(cell, knobs, shape).bowl(seed);
    }

    /** The shape that stands for those of many bowls. */
    static double[] typical(List<Bowl> bowls) {
        double[] shape = new double[bowls.getFirst().shape().length];
        for (int k = 0; k < shape.length; k++) {
            int place = k;
            shape[k] = Quantiles.median(
                    bowls.stream().mapToDouble(bowl -> bowl.shape()[place]).toArray());
        }
        if (shape.length > 1) {
            double limit = 0.9 * Math.sqrt(shape[0] * shape[2]);
            shape[1] = Math.clamp(shape[1], -limit, limit);
        }
        return shape;
    }

    /** Natural logarithm of the best value. */
    double log(Knob knob) {
        return logs[knobs.indexOf(knob)];
    }

    /** Standard error of that logarithm. */
    double error(Knob knob) {
        return errors[knobs.indexOf(knob)];
    }

    /** One quadratic through one cell, of a shape that is given or not. */
    private static final class Fit {
        private final Cell cell;
        private final List<Knob> knobs;
        private final double[] given;
        private final double[][] x;
        private final double[] weights;

        Fit(Cell cell, List<Knob> knobs, double[] given) {
            this.cell = cell;
            this.knobs = knobs;
            this.given = given;
            this.x = cell.size() == 0
                    ? new double[knobs.size()][0]
                    : knobs.stream()
                            .map(knob -> Arrays.stream(knob.of(cell))
                                    .map(value -> Math.log(value / knob.of(cell)[cell.best()]))
                                    .toArray())
                            .toArray(double[][]::new);
            this.weights = cell.size() == 0 ? new double[0] : weights(cell);
        }

        Bowl bowl(long seed) {
            double[] coefficients = solve(cell.losses());
            double[] bottom = bottom(coefficients);
            if (bottom == null) {
                return null;
            }
            double noise = noise(coefficients);
            List<double[]> moved =
                    new Resampling(NOISE_DRAWS, seed).run(random -> bottom(solve(noisy(cell.losses(), noise, random))));
            if (moved.size() < NOISE_DRAWS / 2) {
                return null;
            }
            double[] logs = new double[knobs.size()];
            double[] errors = new double[knobs.size()];
            boolean inside = true;
            for (int k = 0; k < logs.length; k++) {
                double held = clamp(bottom[k], x[k]);
                inside &= held == bottom[k];
                logs[k] = held + Math.log(knobs.get(k).of(cell)[cell.best()]);
                errors[k] = error(moved, k);
            }
            return new Bowl(cell, knobs, logs, errors, shape(coefficients), given == null, inside);
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

        /** Constant, slopes, and the products of the upper triangle, squares halved. */
        private double[] features(int run) {
            int n = x.length;
            double[] f = new double[1 + n + n * (n + 1) / 2];
            f[0] = 1;
            int at = 1 + n;
            for (int j = 0; j < n; j++) {
                f[1 + j] = x[j][run];
                for (int k = j; k < n; k++) {
                    f[at++] = x[j][run] * x[k][run] / (j == k ? 2 : 1);
                }
            }
            return f;
        }

        private int unknowns() {
            int n = x.length;
            return 1 + n + (given == null ? n * (n + 1) / 2 : 0);
        }

        /** The coefficients of the features, without those of a given shape; null where the runs do not tell. */
        private double[] solve(double[] losses) {
            int unknowns = unknowns();
            long counted = Arrays.stream(weights).filter(w -> w > COUNTS).count();
            if (counted < (given == null ? fewestOwn(x.length) : FEWEST_SHAPED)) {
                return null;
            }
            double[][] m = new double[unknowns][unknowns];
            double[] b = new double[unknowns];
            for (int i = 0; i < losses.length; i++) {
                double[] f = features(i);
                double target = losses[i] - curved(f);
                for (int j = 0; j < unknowns; j++) {
                    b[j] += weights[i] * f[j] * target;
                    for (int k = 0; k < unknowns; k++) {
                        m[j][k] += weights[i] * f[j] * f[k];
                    }
                }
            }
            return Symmetric.solve(m, b);
        }

        /** What a given shape adds to the loss. */
        private double curved(double[] features) {
            double sum = 0;
            for (int k = 0; given != null && k < given.length; k++) {
                sum += given[k] * features[1 + x.length + k];
            }
            return sum;
        }

        private double[] shape(double[] coefficients) {
            return given != null ? given : Arrays.copyOfRange(coefficients, 1 + x.length, coefficients.length);
        }

        private double[] bottom(double[] coefficients) {
            if (coefficients == null) {
                return null;
            }
            double[] s = shape(coefficients);
            if (s.length == 1) {
                return s[0] > 0 ? new double[] {-coefficients[1] / s[0]} : null;
            }
            double determinant = s[0] * s[2] - s[1] * s[1];
            if (!(s[0] > 0) || !(determinant > 0.01 * s[0] * s[2])) {
                return null;
            }
            return new double[] {
                -(s[2] * coefficients[1] - s[1] * coefficients[2]) / determinant,
                -(s[0] * coefficients[2] - s[1] * coefficients[1]) / determinant
            };
        }

        private double noise(double[] coefficients) {
            double squares = 0;
            double count = 0;
            for (int i = 0; i < weights.length; i++) {
                double[] f = features(i);
                double fitted = curved(f);
                for (int j = 0; j < coefficients.length; j++) {
                    fitted += coefficients[j] * f[j];
                }
                squares += weights[i] * Math.pow(cell.losses()[i] - fitted, 2);
                count += weights[i];
            }
            return Math.sqrt(squares / Math.max(count - unknowns(), 1));
        }

        private static double[] noisy(double[] losses, double noise, RandomGenerator random) {
            return Arrays.stream(losses)
                    .map(loss -> loss + noise * random.nextGaussian())
                    .toArray();
        }

        /** Half the middle 68 % of the draws, or what the grid tells at the finest. */
        private double error(List<double[]> moved, int knob) {
            double[] column = moved.stream().mapToDouble(each -> each[knob]).toArray();
            double spread = (Quantiles.of(column, 0.84) - Quantiles.of(column, 0.16)) / 2;
            double[] distinct = Arrays.stream(x[knob]).distinct().sorted().toArray();
            double step =
                    distinct.length < 2 ? 1 : (distinct[distinct.length - 1] - distinct[0]) / (distinct.length - 1);
            boolean exact = cell.size() <= unknowns();
            return Math.max(spread, (exact ? FINEST_WITHOUT_FREEDOM : FINEST) * step);
        }

        private static double clamp(double value, double[] grid) {
            double from = Arrays.stream(grid).min().orElseThrow();
            double to = Arrays.stream(grid).max().orElseThrow();
            return Math.clamp(value, from, to);
        }
    }
}
