package dev.calandra.data.mixture;

import java.util.List;

/**
 * A share of the samples, linear in the sample number on each of its pieces and constant on the last one, which has no end; with its
 * integral and the integral's inverse in closed form. It may jump where pieces meet. Legend: P pieces.
 */
public final class PiecewiseShare {
    private final List<Piece> pieces;
    private final double[] atP;

    /** Integral of the share from the first piece to each piece. */
    private final double[] sumP;

    /**
     * One piece.
     *
     * @param at sample number at which it begins
     * @param start share at its beginning, 0 to 1
     * @param end share at its end, which is the beginning of the next piece
     */
    public record Piece(double at, double start, double end) {}

    /** @throws IllegalArgumentException when pieces are out of order, a share is not one, or the last piece is not constant */
    public PiecewiseShare(List<Piece> pieces) {
        if (pieces.isEmpty() || pieces.getLast().start() != pieces.getLast().end()) {
            throw new IllegalArgumentException("a share needs pieces, the last of them constant");
        }
        this.pieces = List.copyOf(pieces);
        this.atP = pieces.stream().mapToDouble(Piece::at).toArray();
        this.sumP = new double[atP.length];
        for (int p = 0; p < atP.length; p++) {
            Piece piece = pieces.get(p);
            if (!isShare(piece.start()) || !isShare(piece.end()) || !Double.isFinite(piece.at())) {
                throw new IllegalArgumentException(piece + ": a share must lie in 0 .. 1");
            }
            if (p > 0) {
                Piece before = pieces.get(p - 1);
                if (!(piece.at() > before.at())) {
                    throw new IllegalArgumentException(
                            "pieces must follow each other: %s after %s".formatted(piece, before));
                }
                sumP[p] = sumP[p - 1] + (piece.at() - before.at()) * (before.start() + before.end()) / 2;
            }
        }
    }

    /** The pieces, in order. */
    public List<Piece> pieces() {
        return pieces;
    }

    /** The share at a sample number; where it jumps, the value after the jump. */
    public double value(double sample) {
        int p = pieceAt(sample);
        return pieces.get(p).start() + slope(p) * (sample - atP[p]);
    }

    /** The share's integral from its beginning to a sample number. */
    public double integral(double sample) {
        int p = pieceAt(sample);
        double way = sample - atP[p];
        return sumP[p] + way * (pieces.get(p).start() + slope(p) * way / 2);
    }

    /** The smallest sample number at which the integral reaches an amount above 0; infinite when it never does. */
    public double inverse(double amount) {
        int p = 0;
        while (p + 1 < atP.length && sumP[p + 1] < amount) {
            p++;
        }
        return atP[p] + way(amount - sumP[p], pieces.get(p).start(), slope(p));
    }

    /**
     * How far to go until the integral of a share that begins at {@code start} and rises by {@code slope} has reached an amount: the root
     * of slope / 2 way^2 + start way = amount in the form that does not cancel; infinite for a share of 0.
     */
    static double way(double amount, double start, double slope) {
        double root = Math.sqrt(Math.max(0, start * start + 2 * slope * amount));
        return 2 * amount / (start + root);
    }

    private int pieceAt(double sample) {
        int p = 0;
        while (p + 1 < atP.length && atP[p + 1] <= sample) {
            p++;
        }
        return p;
    }

    private double slope(int p) {
        Piece piece = pieces.get(p);
        return p + 1 < atP.length ? (piece.end() - piece.start()) / (atP[p + 1] - atP[p]) : 0;
    }

    private static boolean isShare(double value) {
        return value >= 0 && value <= 1;
    }
}
