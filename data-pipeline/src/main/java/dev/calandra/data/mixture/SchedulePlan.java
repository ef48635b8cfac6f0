package dev.calandra.data.mixture;

import dev.calandra.data.mixture.PiecewiseShare.Piece;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.function.IntToDoubleFunction;

/**
 * Makes a schedule from what a user writes: the share of the second kind over the run, the weight of each source among those of its kind,
 * and how many samples a source may give at most. At each point of any curve the shares are exact (kind × weight / all weights of the kind);
 * between points they are linear. When a source has given what it may, its share goes to the others of its kind in proportion to theirs.
 * Legend: D sources, P pieces.
 */
public final class SchedulePlan {
    private static final double ROUNDING = 1e-6;

    private final Curve secondKind;
    private final List<Source> sourcesD;
    private final double first;
    private final double end;

    /**
     * A source.
     *
     * @param secondKind whether it is of the second kind
     * @param weight among the sources of its kind
     * @param capacity samples that it may give from the beginning of the plan on; infinite when there is no limit
     */
    public record Source(boolean secondKind, Curve weight, double capacity) {}

    /** Shares at the two ends of a stretch of the run. */
    private record Stretch(double from, double to, double[] startD, double[] endD) {
        double length() {
            return to - from;
        }

        double slope(int d) {
            return Double.isInfinite(to) ? 0 : (endD[d] - startD[d]) / length();
        }

        /** The shares within the stretch. */
        double[] at(double sample) {
            double[] shares = new double[startD.length];
            Arrays.setAll(shares, d -> startD[d] + slope(d) * (sample - from));
            return shares;
        }
    }

    /**
     * A plan.
     *
     * @param secondKind share of the second kind, 0 to 1
     * @param first sample number at which the schedule begins
     * @param end last sample number of interest: limits that are reached later are not looked at
     */
    public SchedulePlan(Curve secondKind, List<Source> sourcesD, double first, double end) {
        this.secondKind = secondKind;
        this.sourcesD = List.copyOf(sourcesD);
        this.first = first;
        this.end = end;
    }

    /**
     * The schedule.
     *
     * @throws SourcesExhaustedException when before the end no source of a kind may be served although the kind has a share
     * @throws IllegalArgumentException when a share above 0 falls to a kind without weight
     */
    public MixtureSchedule schedule() {
        List<List<Piece>> piecesD = new ArrayList<>();
        sourcesD.forEach(source -> piecesD.add(new ArrayList<>()));
        double[] leftD = sourcesD.stream().mapToDouble(Source::capacity).toArray();
        Double[] breaks = breaks();
        for (int i = 0; i < breaks.length; i++) {
            double to = i + 1 < breaks.length ? breaks[i + 1] : Double.POSITIVE_INFINITY;
            Stretch written = written(breaks[i], to);
            double from = breaks[i];
            while (from < to) {
                Stretch actual = redistributed(written, from, leftD);
                double cut = firstLimit(actual, leftD);
                double until = cut < end ? cut : to;
                add(actual, until, piecesD, leftD);
                from = until;
            }
        }
        return new MixtureSchedule(piecesD.stream().map(PiecewiseShare::new).toList());
    }

    private Double[] breaks() {
        TreeSet<Double> breaks = new TreeSet<>();
        breaks.add(first);
        List<Curve> curves = new ArrayList<>(List.of(secondKind));
        sourcesD.forEach(source -> curves.add(source.weight()));
        for (Curve curve : curves) {
            Arrays.stream(curve.atP()).filter(at -> at > first).forEach(breaks::add);
        }
        return breaks.toArray(Double[]::new);
    }

    /** The shares as the curves give them. */
    private Stretch written(double from, double to) {
        double[] startD =
                shares(secondKind.after(from), d -> sourcesD.get(d).weight().after(from), from);
        double[] endD = Double.isInfinite(to)
                ? startD
                : shares(secondKind.before(to), d -> sourcesD.get(d).weight().before(to), to);
        return new Stretch(from, to, startD, endD);
    }

    private double[] shares(double second, IntToDoubleFunction weight, double sample) {
        double[] total = new double[2];
        for (int d = 0; d < sourcesD.size(); d++) {
            total[kind(d)] += weight.applyAsDouble(d);
        }
        if (second < 1 && total[0] == 0 || second > 0 && total[1] == 0) {
            throw new IllegalArgumentException(
                    "at sample %.0f a share above 0 falls to a kind in which no source has a weight".formatted(sample));
        }
        double[] shares = new double[sourcesD.size()];
        for (int d = 0; d < shares.length; d++) {
            double share = sourcesD.get(d).secondKind() ? second : 1 - second;
            shares[d] = share == 0 ? 0 : share * weight.applyAsDouble(d) / total[kind(d)];
        }
        return shares;
    }

    /** What is left of a written stretch, with the shares of sources that have given all they may given to the others. */
    private Stretch redistributed(Stretch written, double from, double[] leftD) {
        double[] startD = written.at(from);
        double[] endD = written.endD().clone();
        if (from >= end) {
            return new Stretch(from, written.to(), startD, endD);
        }
        for (int kind = 0; kind < 2; kind++) {
            double kindStart = sum(startD, kind, null);
            double kindEnd = sum(endD, kind, null);
            double openStart = sum(startD, kind, leftD);
            double openEnd = sum(endD, kind, leftD);
            if (openStart == 0 && openEnd == 0 && (kindStart > 0 || kindEnd > 0)) {
                throw new SourcesExhaustedException(kind == 1, from);
            }
            double[] before = startD.clone();
            for (int d = 0; d < startD.length; d++) {
                if (kind(d) == kind) {
                    // Where one end has no open source, the other end's proportions hold.
                    double atStart = openStart > 0 ? before[d] / openStart : written.endD()[d] / openEnd;
                    double atEnd = openEnd > 0 ? written.endD()[d] / openEnd : before[d] / openStart;
                    startD[d] = leftD[d] > 0 && kindStart > 0 ? Math.min(1, kindStart * atStart) : 0;
                    endD[d] = leftD[d] > 0 && kindEnd > 0 ? Math.min(1, kindEnd * atEnd) : 0;
                }
            }
        }
        return new Stretch(from, written.to(), startD, endD);
    }

    /** Sum of the shares of a kind; with capacities, of those sources that have some left. */
    private double sum(double[] shareD, int kind, double[] leftD) {
        double sum = 0;
        for (int d = 0; d < shareD.length; d++) {
            sum += kind(d) == kind && (leftD == null || leftD[d] > 0) ? shareD[d] : 0;
        }
        return sum;
    }

    /** Where in a stretch the first source has given all it may; infinite when none has. */
    private double firstLimit(Stretch stretch, double[] leftD) {
        double limit = Double.POSITIVE_INFINITY;
        for (int d = 0; d < leftD.length; d++) {
            if (leftD[d] > 0 && Double.isFinite(leftD[d])) {
                double way = PiecewiseShare.way(leftD[d], stretch.startD()[d], stretch.slope(d));
                limit = way < stretch.length() ? Math.min(limit, stretch.from() + way) : limit;
            }
        }
        return limit;
    }

    /** Appends the part of a stretch up to a sample number and takes what it gives from what is left. */
    private void add(Stretch stretch, double until, List<List<Piece>> piecesD, double[] leftD) {
        double[] endD = Double.isInfinite(until) ? stretch.startD() : stretch.at(until);
        for (int d = 0; d < leftD.length; d++) {
            double start = stretch.startD()[d];
            double last = Math.clamp(endD[d], 0, 1);
            piecesD.get(d).add(new Piece(stretch.from(), start, last));
            if (Double.isFinite(until)) {
                leftD[d] -= (until - stretch.from()) * (start + last) / 2;
                leftD[d] = leftD[d] < ROUNDING ? 0 : leftD[d];
            }
        }
    }

    private int kind(int d) {
        return sourcesD.get(d).secondKind() ? 1 : 0;
    }
}
