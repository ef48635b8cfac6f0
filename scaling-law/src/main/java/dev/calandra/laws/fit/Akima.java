package dev.calandra.laws.fit;

/**
 * Akima's interpolation (J. ACM 17, 1970): a cubic between each two points whose slopes come from their neighbours alone, so that one odd
 * point does not make the others swing.
 */
final class Akima {
    private static final int STEPS = 64;
    private static final double NEGLIGIBLE = 1e-9;

    private final double[] x;
    private final double[] y;
    private final double[] slope;

    /** @param x ascending, at least 3 */
    Akima(double[] x, double[] y) {
        this.x = x.clone();
        this.y = y.clone();
        this.slope = slopes(x, y);
    }

    private static double[] slopes(double[] x, double[] y) {
        int n = x.length;
        // Slopes of the chords, with two more at each end continued as a straight line.
        double[] chord = new double[n + 3];
        for (int i = 0; i < n - 1; i++) {
            chord[i + 2] = (y[i + 1] - y[i]) / (x[i + 1] - x[i]);
        }
        chord[1] = 2 * chord[2] - chord[3];
        chord[0] = 2 * chord[1] - chord[2];
        chord[n + 1] = 2 * chord[n] - chord[n - 1];
        chord[n + 2] = 2 * chord[n + 1] - chord[n];
        double[] slope = new double[n];
        for (int i = 0; i < n; i++) {
            double after = Math.abs(chord[i + 3] - chord[i + 2]);
            double before = Math.abs(chord[i + 1] - chord[i]);
            double weight = after + before;
            slope[i] = weight > NEGLIGIBLE
                    ? (after * chord[i + 1] + before * chord[i + 2]) / weight
                    : 0.5 * (chord[i + 1] + chord[i + 2]);
        }
        return slope;
    }

    /** Where the interpolation is least, NaN if that is at an end. */
    double minimum() {
        double least = Double.POSITIVE_INFINITY;
        double at = Double.NaN;
        for (int i = 0; i < x.length - 1; i++) {
            for (int k = 0; k <= STEPS; k++) {
                double place = x[i] + (x[i + 1] - x[i]) * k / STEPS;
                double value = at(i, place);
                if (value < least) {
                    least = value;
                    at = place;
                }
            }
        }
        return at <= x[0] || at >= x[x.length - 1] ? Double.NaN : at;
    }

    /** The interpolation between the first and the last point. */
    double at(double place) {
        int i = 0;
        while (i < x.length - 2 && place > x[i + 1]) {
            i++;
        }
        return at(i, place);
    }

    private double at(int i, double place) {
        double h = x[i + 1] - x[i];
        double t = place - x[i];
        double chord = (y[i + 1] - y[i]) / h;
        double c = (3 * chord - 2 * slope[i] - slope[i + 1]) / h;
        double d = (slope[i] + slope[i + 1] - 2 * chord) / (h * h);
        return y[i] + t * (slope[i] + t * (c + t * d));
    }
}
