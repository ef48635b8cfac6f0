package dev.calandra.data.mixture;

import java.util.Arrays;

/**
 * The share of each source over a run. Sources belong to two kinds; the share of the second kind is piecewise linear in the sample number
 * and constant after its last point, and within a kind each source keeps its fixed part. Legend: D sources, P points.
 */
public final class MixtureSchedule {
    private final boolean[] secondKindD;
    private final double[] partD;
    private final LinearShare first;
    private final LinearShare second;

    /**
     * A schedule.
     *
     * @param secondKindD whether each source is of the second kind
     * @param weightD weight of each source among those of its kind, at least 0
     * @param atP sample numbers of the points, increasing, the first 0
     * @param shareP share of the second kind at each point, 0 to 1
     * @throws IllegalArgumentException when a share above 0 falls to a kind without weight, or an argument is out of range
     */
    public MixtureSchedule(boolean[] secondKindD, double[] weightD, double[] atP, double[] shareP) {
        if (secondKindD.length != weightD.length) {
            throw new IllegalArgumentException("a schedule needs one weight per source");
        }
        this.secondKindD = secondKindD.clone();
        this.second = new LinearShare(atP, shareP);
        this.first = second.complement();
        double[] total = new double[2];
        for (int d = 0; d < weightD.length; d++) {
            if (!(weightD[d] >= 0) || Double.isInfinite(weightD[d])) {
                throw new IllegalArgumentException("source %d has the weight %s".formatted(d, weightD[d]));
            }
            total[secondKindD[d] ? 1 : 0] += weightD[d];
        }
        if (total[0] == 0 && !first.isZero() || total[1] == 0 && !second.isZero()) {
            throw new IllegalArgumentException("a share above 0 falls to a kind in which no source has a weight");
        }
        partD = new double[weightD.length];
        Arrays.setAll(partD, d -> weightD[d] == 0 ? 0 : weightD[d] / total[secondKindD[d] ? 1 : 0]);
    }

    /** Number of sources. */
    public int sources() {
        return partD.length;
    }

    /** The share of a source at a sample number, 0 to 1. */
    public double share(int source, double sample) {
        return partD[source] * kind(source).value(sample);
    }

    /** Samples that the schedule gives a source from the start of the run up to a sample number: the integral of its share. */
    public double integral(int source, double samples) {
        return partD[source] * kind(source).integral(samples);
    }

    /** The smallest sample number at which a source's integral reaches an amount above 0; infinite when it never does. */
    double whenReached(int source, double amount) {
        return partD[source] == 0 ? Double.POSITIVE_INFINITY : kind(source).inverse(amount / partD[source]);
    }

    private LinearShare kind(int source) {
        return secondKindD[source] ? second : first;
    }
}
