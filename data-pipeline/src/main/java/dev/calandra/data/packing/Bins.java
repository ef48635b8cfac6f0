package dev.calandra.data.packing;

/**
 * Pieces of documents in bins of equal capacity. A bin's pieces stand one after another from its beginning; what is left of it is padding.
 * Legend: P pieces, B bins.
 */
public final class Bins {
    private final int[] firstPieceB;
    private final int[] documentP;
    private final int[] fromP;
    private final int[] lengthP;

    /**
     * A stretch of a document.
     *
     * @param document its number
     * @param from first token of the stretch in the document
     * @param length tokens
     */
    public record Piece(int document, int from, int length) {}

    /**
     * @param firstPieceB first piece of each bin, and the number of pieces at the end [B + 1]
     * @param documentP document of each piece [P]
     * @param fromP first token of each piece in its document [P]
     * @param lengthP tokens of each piece [P]
     */
    Bins(int[] firstPieceB, int[] documentP, int[] fromP, int[] lengthP) {
        this.firstPieceB = firstPieceB;
        this.documentP = documentP;
        this.fromP = fromP;
        this.lengthP = lengthP;
    }

    /** Number of bins. */
    public int size() {
        return firstPieceB.length - 1;
    }

    /** Number of pieces in a bin. */
    public int pieces(int bin) {
        return firstPieceB[bin + 1] - firstPieceB[bin];
    }

    /** A piece of a bin, from 0. */
    public Piece piece(int bin, int index) {
        int p = firstPieceB[bin] + index;
        return new Piece(documentP[p], fromP[p], lengthP[p]);
    }

    /** Memory that the bins take, in bytes. */
    public long bytes() {
        return (long) Integer.BYTES * (firstPieceB.length + 3L * documentP.length);
    }
}
