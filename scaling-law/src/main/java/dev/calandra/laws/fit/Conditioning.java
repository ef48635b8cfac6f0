package dev.calandra.laws.fit;

import dev.calandra.laws.numeric.Symmetric;
import java.util.ArrayList;
import java.util.List;

/**
 * How well the data tell the constants apart.
 *
 * @param number largest over smallest eigenvalue of the curvature, its diagonal scaled to 1; infinite where a direction is not told at all
 * @param weakest the constants that take part in the direction that is told worst
 */
public record Conditioning(double number, List<String> weakest) {
    private static final double TAKES_PART = 0.3;

    static Conditioning of(double[][] curvature, List<String> names) {
        int n = names.size();
        double[][] scaled = new double[n][n];
        for (int i = 0; i < n; i++) {
            for (int j = 0; j < n; j++) {
                double scale = Math.sqrt(curvature[i][i] * curvature[j][j]);
                scaled[i][j] = scale > 0 ? curvature[i][j] / scale : i == j ? 1 : 0;
            }
        }
        Symmetric.Eigen eigen = Symmetric.eigen(scaled);
        List<String> weakest = new ArrayList<>();
        for (int i = 0; i < n; i++) {
            if (Math.abs(eigen.vectors()[0][i]) > TAKES_PART) {
                weakest.add(names.get(i));
            }
        }
        double smallest = eigen.values()[0];
        double number = smallest > 0 ? eigen.values()[n - 1] / smallest : Double.POSITIVE_INFINITY;
        return new Conditioning(number, weakest);
    }
}
