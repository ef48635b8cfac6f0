package dev.calandra.laws.fit;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * A power law as a weighted line through logarithms, its features centred at their mean: what the points tell of the level there and of the
 * exponents is then nearly independent, and a draw of a wild exponent leaves the level where the points are.
 *
 * @param centre mean of each feature
 * @param line of the level at the centre and the exponents
 */
record PowerLine(double[] centre, WeightedLine line) {
    /**
     * How far the coefficient's logarithm may lie from nothing. A double reaches 708: this leaves room for what the law tells far from the
     * centre.
     */
    private static final double LARGEST_LOG = 300;

    private static final double LARGEST_LEVEL = 100;
    /** Variables are at least so far from 1, in logarithms, for the limit of their exponents. */
    private static final double LEAST_LEVER = 10;

    /**
     * Fits.
     *
     * @param logs of the variables, for each point
     * @param values logarithms of what the law tells
     * @param errors standard error of each value
     * @return null if the variables are dependent
     */
    static PowerLine fit(double[][] logs, double[] values, double[] errors) {
        double[] centre = new double[logs[0].length];
        for (double[] point : logs) {
            for (int k = 0; k < centre.length; k++) {
                centre[k] += point[k] / logs.length;
            }
        }
        WeightedLine line = WeightedLine.fit(features(logs, centre), values, errors);
        return line == null ? null : new PowerLine(centre, line);
    }

    private static double[][] features(double[][] logs, double[] centre) {
        return Arrays.stream(logs).map(point -> features(point, centre)).toArray(double[][]::new);
    }

    private static double[] features(double[] point, double[] centre) {
        double[] features = new double[centre.length + 1];
        features[0] = 1;
        for (int k = 0; k < centre.length; k++) {
            features[k + 1] = point[k] - centre[k];
        }
        return features;
    }

    /** Logarithm of what the law tells at a point. */
    double at(double[] logs) {
        return line.at(features(logs, centre));
    }

    /** Standard deviation of the points beyond their own errors. */
    double scatter() {
        return line.scatter();
    }

    /** Points less constants. */
    int freedom() {
        return line.freedom();
    }

    /** Coefficient and exponents, as law files have them: finite, the coefficient positive. */
    double[] constants() {
        double[] constants = line.coefficients().clone();
        double level = Math.clamp(constants[0], -LARGEST_LEVEL, LARGEST_LEVEL);
        double reach = 0;
        for (int k = 0; k < centre.length; k++) {
            reach += Math.abs(constants[k + 1]) * Math.max(LEAST_LEVER, Math.abs(centre[k]));
        }
        // An exponent that would carry the coefficient out of all numbers is as good as any other as large.
        double share = Math.min(1, (LARGEST_LOG - Math.abs(level)) / Math.max(reach, Double.MIN_NORMAL));
        for (int k = 0; k < centre.length; k++) {
            constants[k + 1] *= share;
            level -= constants[k + 1] * centre[k];
        }
        constants[0] = Math.exp(level);
        return constants;
    }

    /**
     * The constants of one bootstrap draw: every point is moved by its own error and the scatter, with the tails of a scatter that was
     * estimated from few points.
     *
     * @param tail of this draw
     * @return null if the points make no line
     */
    double[] draw(double[][] logs, double[] errors, double tail, RandomGenerator random) {
        double[] moved = new double[errors.length];
        double[] spread = new double[errors.length];
        for (int i = 0; i < moved.length; i++) {
            spread[i] = Math.hypot(errors[i], scatter());
            moved[i] = at(logs[i]) + tail * spread[i] * random.nextGaussian();
        }
        PowerLine line = fit(logs, moved, spread);
        return line == null ? null : line.constants();
    }
}
