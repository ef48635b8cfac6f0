package dev.calandra.laws.fit;

import dev.calandra.laws.numeric.Symmetric;
import java.util.Arrays;

/**
 * Linear regression of points whose errors are known in part: each point has its own standard error, and all scatter around the line by one
 * more, which is found so that the weighted squares are as large as they should be (Paule and Mandel).
 *
 * @param coefficients of the features
 * @param curvature of the weighted squares by the coefficients: the inverse of their covariance
 * @param scatter standard deviation of the points around the line beyond their own errors
 * @param freedom points less coefficients
 */
record WeightedLine(double[] coefficients, double[][] curvature, double scatter, int freedom) {
    private static final int HALVINGS = 60;

    /**
     * Fits.
     *
     * @param features for each point, the constant included
     * @param errors standard error of each point
     * @return null if the features are dependent
     */
    static WeightedLine fit(double[][] features, double[] values, double[] errors) {
        int freedom = values.length - features[0].length;
        WeightedLine line = with(features, values, errors, 0);
        if (line == null || freedom < 1 || line.squares(features, values, errors) <= freedom) {
            return line;
        }
        double low = 0;
        double high = 1;
        for (int i = 0; i < HALVINGS; i++) {
            double middle = 0.5 * (low + high);
            line = with(features, values, errors, middle);
            if (line == null || line.squares(features, values, errors) <= freedom) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return with(features, values, errors, high);
    }

    /** The line's value. */
    double at(double[] features) {
        double sum = 0;
        for (int i = 0; i < features.length; i++) {
            sum += coefficients[i] * features[i];
        }
        return sum;
    }

    private static WeightedLine with(double[][] features, double[] values, double[] errors, double scatter) {
        int p = features[0].length;
        double[][] m = new double[p][p];
        double[] b = new double[p];
        for (int i = 0; i < values.length; i++) {
            double weight = 1 / (errors[i] * errors[i] + scatter * scatter);
            for (int j = 0; j < p; j++) {
                b[j] += weight * features[i][j] * values[i];
                for (int k = 0; k < p; k++) {
                    m[j][k] += weight * features[i][j] * features[i][k];
                }
            }
        }
        double[] x = Symmetric.solve(m, b);
        return x == null ? null : new WeightedLine(x, m, scatter, values.length - p);
    }

    private double squares(double[][] features, double[] values, double[] errors) {
        double sum = 0;
        for (int i = 0; i < values.length; i++) {
            sum += Math.pow(values[i] - at(features[i]), 2) / (errors[i] * errors[i] + scatter * scatter);
        }
        return sum;
    }

    @Override
    public String toString() {
        return "line " + Arrays.toString(coefficients);
    }
}
