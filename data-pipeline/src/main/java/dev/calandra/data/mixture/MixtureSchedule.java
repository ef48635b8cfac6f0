package dev.calandra.data.mixture;

import java.util.List;

/** The share of each source over a run or a part of it. Legend: D sources. */
public final class MixtureSchedule {
    /** Shares are rounded, so their sum is 1 only nearly. */
    private static final double ROUNDING = 1e-9;

    private final List<PiecewiseShare> sharesD;

    /** @throws IllegalArgumentException when the shares do not begin together or their sum is not 1 at the start of a piece */
    public MixtureSchedule(List<PiecewiseShare> sharesD) {
        this.sharesD = List.copyOf(sharesD);
        if (sharesD.stream()
                        .map(share -> share.pieces().getFirst().at())
                        .distinct()
                        .count()
                != 1) {
            throw new IllegalArgumentException("the shares of a schedule begin together");
        }
        for (PiecewiseShare share : sharesD) {
            for (PiecewiseShare.Piece piece : share.pieces()) {
                double sum =
                        sharesD.stream().mapToDouble(s -> s.value(piece.at())).sum();
                if (Math.abs(sum - 1) > ROUNDING) {
                    throw new IllegalArgumentException(
                            "the shares at sample %s add up to %s".formatted(piece.at(), sum));
                }
            }
        }
    }

    /** Number of sources. */
    public int sources() {
        return sharesD.size();
    }

    /** Sample number at which the schedule begins. */
    public double first() {
        return sharesD.getFirst().pieces().getFirst().at();
    }

    /** The share of each source, in order. */
    public List<PiecewiseShare> shares() {
        return sharesD;
    }

    /** The share of a source at a sample number, 0 to 1. */
    public double share(int source, double sample) {
        return sharesD.get(source).value(sample);
    }

    /** Samples that the schedule gives a source from its beginning up to a sample number: the integral of its share. */
    public double integral(int source, double sample) {
        return sharesD.get(source).integral(sample);
    }

    /** The smallest sample number at which a source's integral reaches an amount above 0; infinite when it never does. */
    double whenReached(int source, double amount) {
        return sharesD.get(source).inverse(amount);
    }
}
