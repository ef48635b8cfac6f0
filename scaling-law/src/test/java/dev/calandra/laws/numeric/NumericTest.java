package dev.calandra.laws.numeric;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class NumericTest {

    @Test
    void systemsAndEigenvalues() {
        double[][] m = {{4, 1, 0.5}, {1, 3, -1}, {0.5, -1, 2}};
        double[] x = Symmetric.solve(m, new double[] {1, 2, 3});
        for (int i = 0; i < 3; i++) {
            assertThat(m[i][0] * x[0] + m[i][1] * x[1] + m[i][2] * x[2]).isCloseTo(i + 1, within(1e-12));
        }
        Symmetric.Eigen eigen = Symmetric.eigen(m);
        assertThat(eigen.values()[0] + eigen.values()[1] + eigen.values()[2]).isCloseTo(9, within(1e-12));
        assertThat(eigen.values()).isSorted();
        double[] v = eigen.vectors()[2];
        for (int i = 0; i < 3; i++) {
            double product = m[i][0] * v[0] + m[i][1] * v[1] + m[i][2] * v[2];
            assertThat(product).isCloseTo(eigen.values()[2] * v[i], within(1e-10));
        }
        assertThat(Symmetric.solve(new double[][] {{1, 2}, {2, 4}}, new double[] {1, 1}))
                .isNull();
    }

    /** No other point of a fine grid of non-negative ones is lower. */
    @Test
    void nonNegativeSquares() {
        long seed = 17;
        SplittableRandom random = new SplittableRandom(seed);
        for (int round = 0; round < 50; round++) {
            double a = random.nextDouble();
            double[][] m = {{1 + a, a}, {a, 0.5 + a}};
            double[] b = {random.nextDouble() * 2 - 1, random.nextDouble() * 2 - 1};
            double[] x = NonNegative.solve(m, b);
            double least = value(m, b, x[0], x[1]);
            assertThat(x[0]).as("seed %d, round %d", seed, round).isNotNegative();
            assertThat(x[1]).isNotNegative();
            for (double p = 0; p < 3; p += 0.05) {
                for (double q = 0; q < 3; q += 0.05) {
                    assertThat(value(m, b, p, q)).isGreaterThanOrEqualTo(least - 1e-12);
                }
            }
        }
    }

    private static double value(double[][] m, double[] b, double p, double q) {
        return m[0][0] * p * p + 2 * m[0][1] * p * q + m[1][1] * q * q - 2 * (b[0] * p + b[1] * q);
    }

    /** y = p e^(q x) with one point far off: Huber's loss keeps to the others, squares do not. */
    @Test
    void regressionThatOnePointDoesNotMove() {
        double[] y = new double[20];
        for (int i = 0; i < y.length; i++) {
            y[i] = 2 * Math.exp(-0.1 * i);
        }
        y[7] = 9;
        Regression.Model model = new Regression.Model() {
            @Override
            public int size() {
                return y.length;
            }

            @Override
            public Regression.Point at(double[] p) {
                return (i, gradient) -> {
                    gradient[0] = Math.exp(p[1] * i);
                    gradient[1] = p[0] * i * Math.exp(p[1] * i);
                    return p[0] * Math.exp(p[1] * i) - y[i];
                };
            }
        };
        double[] ones = new double[y.length];
        Arrays.fill(ones, 1);
        double[] start = {1, 0};
        Regression.Fit robust = Regression.fit(model, new Huber(1e-4), ones, start, 1e-15);
        Regression.Fit squares = Regression.fit(model, new Huber(Double.POSITIVE_INFINITY), ones, start, 1e-15);

        assertThat(robust.parameters()[0]).isCloseTo(2, within(1e-3));
        assertThat(robust.parameters()[1]).isCloseTo(-0.1, within(1e-3));
        assertThat(Math.abs(squares.parameters()[0] - 2)).isGreaterThan(0.1);
        ones[7] = 0;
        assertThat(Regression.fit(model, new Huber(Double.POSITIVE_INFINITY), ones, start, 1e-15)
                        .objective())
                .isLessThan(1e-15);
    }

    @Test
    void quantilesAndResamplesThatDoNotDependOnThreads() {
        double[] values = {4, 1, 3, 2};
        assertThat(Quantiles.median(values)).isEqualTo(2.5);
        assertThat(Quantiles.of(values, 0)).isEqualTo(1);
        assertThat(Quantiles.of(values, 1)).isEqualTo(4);
        Resampling resampling = new Resampling(100, 3);
        List<Double> one = resampling.run(random -> random.nextDouble());
        assertThat(resampling.run(random -> random.nextDouble())).isEqualTo(one);
        assertThat(one).doesNotHaveDuplicates();
        assertThat(resampling.<Double>run(random -> null)).isEmpty();
    }
}
