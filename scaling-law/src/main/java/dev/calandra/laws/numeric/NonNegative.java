package dev.calandra.laws.numeric;

import java.util.Arrays;

/** Least squares with coefficients that must not be negative, on normal equations of a few unknowns: every set of zeros is tried. */
public final class NonNegative {
    private NonNegative() {}

    /**
     * Minimises x' M x - 2 b' x over x of no negative component.
     *
     * @param m positive semi-definite, at most 6 rows
     */
    public static double[] solve(double[][] m, double[] b) {
        int n = b.length;
        double[] best = new double[n];
        double least = 0;
        for (int set = 1; set < 1 << n; set++) {
            double[] x = solve(m, b, set);
            if (x == null || Arrays.stream(x).anyMatch(value -> value < 0)) {
                continue;
            }
            double value = 0;
            for (int i = 0; i < n; i++) {
                value -= x[i] * b[i];
            }
            if (value < least) {
                least = value;
                best = x;
            }
        }
        return best;
    }

    private static double[] solve(double[][] m, double[] b, int set) {
        int n = b.length;
        int[] chosen = new int[Integer.bitCount(set)];
        int k = 0;
        for (int i = 0; i < n; i++) {
            if ((set >> i & 1) == 1) {
                chosen[k++] = i;
            }
        }
        double[][] part = new double[k][k];
        double[] right = new double[k];
        for (int i = 0; i < k; i++) {
            right[i] = b[chosen[i]];
            for (int j = 0; j < k; j++) {
                part[i][j] = m[chosen[i]][chosen[j]];
            }
        }
        double[] solved = Symmetric.solve(part, right);
        if (solved == null) {
            return null;
        }
        double[] x = new double[n];
        for (int i = 0; i < k; i++) {
            x[chosen[i]] = solved[i];
        }
        return x;
    }
}
