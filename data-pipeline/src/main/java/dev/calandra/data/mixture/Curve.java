package dev.calandra.data.mixture;

/**
 * A value over a run, given at points: linear between them or holding each point's value up to the next, constant after the last. Legend: P
 * points.
 *
 * @param atP sample numbers, increasing; the curve is not asked for any before the first
 * @param valueP value at each point, at least 0
 * @param stepped whether values hold up to the next point
 */
public record Curve(double[] atP, double[] valueP, boolean stepped) {

    /** @throws IllegalArgumentException when the points are out of order or a value is negative */
    public Curve {
        if (atP.length == 0 || atP.length != valueP.length) {
            throw new IllegalArgumentException("a curve needs points, and one value for each");
        }
        for (int p = 0; p < atP.length; p++) {
            if (p > 0 && !(atP[p] > atP[p - 1])) {
                throw new IllegalArgumentException("points must increase: %s after %s".formatted(atP[p], atP[p - 1]));
            }
            if (!(valueP[p] >= 0) || Double.isInfinite(valueP[p])) {
                throw new IllegalArgumentException("a value of %s at %s".formatted(valueP[p], atP[p]));
            }
        }
        atP = atP.clone();
        valueP = valueP.clone();
    }

    /** A curve that never changes. */
    public static Curve constant(double value) {
        return new Curve(new double[] {Double.NEGATIVE_INFINITY}, new double[] {value}, false);
    }

    /** The value at a sample number; where it jumps, the value after the jump. */
    double after(double sample) {
        int p = 0;
        while (p + 1 < atP.length && atP[p + 1] <= sample) {
            p++;
        }
        return between(p, sample);
    }

    /** The value that holds right before a sample number above 0. */
    double before(double sample) {
        int p = 0;
        while (p + 1 < atP.length && atP[p + 1] < sample) {
            p++;
        }
        return between(p, sample);
    }

    private double between(int p, double sample) {
        if (stepped || p + 1 == atP.length) {
            return valueP[p];
        }
        double way = (sample - atP[p]) / (atP[p + 1] - atP[p]);
        return valueP[p] + way * (valueP[p + 1] - valueP[p]);
    }
}
