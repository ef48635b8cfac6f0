package dev.calandra.data.shards;

import java.util.Arrays;

/**
 * The arrays of a packed sequence while they are filled from the front, run by run: a run is a stretch of tokens of one document. Legend: N
 * tokens of the sequence.
 */
public final class SequenceBuilder {
    private final int[] tokensN;
    private final int[] documentStartN;
    private final boolean[] targetN;
    private int filled;

    /** An empty builder for sequences of a given length. */
    public SequenceBuilder(int length) {
        tokensN = new int[length];
        documentStartN = new int[length];
        targetN = new boolean[length];
    }

    /** Positions still to fill. */
    public int remaining() {
        return tokensN.length - filled;
    }

    /**
     * Marks the run whose tokens have been copied to {@link #tokens()} at {@link #filled()} and belongs to a document that may have begun
     * before the sequence.
     *
     * @param count tokens of the run
     * @param offset index in its document of the run's first token
     * @param lossStart index in its document of the first token that may be a target
     */
    void addRun(int count, int offset, int lossStart) {
        mark(count, Math.max(0, filled - offset), lossStart - offset);
    }

    /** Marks such a run as a document of its own, whatever came before it. */
    void addPiece(int count, int offset, int lossStart) {
        mark(count, filled, lossStart - offset);
    }

    /** Fills what remains with a token that is no target and sees nothing but itself. */
    public void pad(int token) {
        for (int i = filled; i < tokensN.length; i++) {
            tokensN[i] = token;
            documentStartN[i] = i;
        }
        filled = tokensN.length;
    }

    private void mark(int count, int start, int untilTarget) {
        int end = filled + count;
        int firstTarget = (int) Math.min(end, (long) filled + Math.max(0, untilTarget));
        Arrays.fill(documentStartN, filled, end, start);
        Arrays.fill(targetN, firstTarget, end, true);
        filled = end;
    }

    /** Positions filled so far. */
    public int filled() {
        return filled;
    }

    /** The token ids [N]; not a copy. */
    public int[] tokens() {
        return tokensN;
    }

    /** Index in the sequence of the first token of each token's document, 0 when it began before the sequence [N]; not a copy. */
    public int[] documentStart() {
        return documentStartN;
    }

    /** Whether each token may be a loss target [N]; not a copy. */
    public boolean[] target() {
        return targetN;
    }
}
