package dev.calandra.data.mixture;

/**
 * A share of the samples that is piecewise linear in the sample number and constant after its last point, with its integral and the
 * integral's inverse in closed form. Legend: P points.
 */
final class LinearShare {
    private final double[] atP;
    private final double[] shareP;

    /** Integral of the share from 0 to each point. */
    private final double[] sumP;

    LinearShare(double[] atP, double[] shareP) {
        if (atP.length == 0 || atP.length != shareP.length || atP[0] != 0) {
            throw new IllegalArgumentException("a share needs one value per point, and points from sample 0 on");
        }
        this.atP = atP.clone();
        this.shareP = shareP.clone();
        this.sumP = new double[atP.length];
        for (int p = 0; p < atP.length; p++) {
            if (!(shareP[p] >= 0 && shareP[p] <= 1)) {
                throw new IllegalArgumentException("share %s is outside 0 .. 1".formatted(shareP[p]));
            }
            if (p > 0) {
                if (!(atP[p] > atP[p - 1])) {
                    throw new IllegalArgumentException(
                            "points must increase: %s after %s".formatted(atP[p], atP[p - 1]));
                }
                sumP[p] = sumP[p - 1] + (atP[p] - atP[p - 1]) * (shareP[p - 1] + shareP[p]) / 2;
            }
        }
    }

    /** One minus this share. */
    LinearShare complement() {
        double[] rest = new double[shareP.length];
        for (int p = 0; p < rest.length; p++) {
            rest[p] = 1 - shareP[p];
        }
        return new LinearShare(atP, rest);
    }

    boolean isZero() {
        for (double share : shareP) {
            if (share > 0) {
                return false;
            }
        }
        return true;
    }

    double value(double sample) {
        int p = pieceAt(sample);
        return shareP[p] + slope(p) * (sample - atP[p]);
    }

    /** The share's integral from 0 to a sample number. */
    double integral(double samples) {
        int p = pieceAt(samples);
        double way = samples - atP[p];
        return sumP[p] + way * (shareP[p] + slope(p) * way / 2);
    }

    /** The smallest sample number at which the integral reaches an amount above 0; infinite when it never does. */
    double inverse(double amount) {
        int p = 0;
        while (p + 1 < atP.length && sumP[p + 1] < amount) {
            p++;
        }
        // The root of slope / 2 way^2 + share way = rest, in the form that does not cancel. On the last piece with a
        // share
        // of 0 the denominator is 0 and the answer infinity.
        double rest = amount - sumP[p];
        double root = Math.sqrt(Math.max(0, shareP[p] * shareP[p] + 2 * slope(p) * rest));
        return atP[p] + 2 * rest / (shareP[p] + root);
    }

    private int pieceAt(double sample) {
        int p = 0;
        while (p + 1 < atP.length && atP[p + 1] <= sample) {
            p++;
        }
        return p;
    }

    private double slope(int piece) {
        return piece + 1 < atP.length ? (shareP[piece + 1] - shareP[piece]) / (atP[piece + 1] - atP[piece]) : 0;
    }
}
