package dev.calandra.data.packing;

import java.util.Arrays;
import java.util.BitSet;

/** The pieces that have no bin yet, by length. */
final class PiecePool {
    private static final int NONE = -1;

    /** For each length the piece to take next, or none; and for each piece the one after it of the same length. */
    private final int[] nextOfLength;

    private final int[] afterP;
    private final BitSet lengths = new BitSet();

    /**
     * A pool of all pieces but the first ones of an order.
     *
     * @param longestFirst all pieces
     * @param from first piece of that order that belongs to the pool
     */
    PiecePool(int maximum, Pieces pieces, int[] longestFirst, int from) {
        nextOfLength = new int[maximum + 1];
        Arrays.fill(nextOfLength, NONE);
        afterP = new int[pieces.size()];
        for (int i = longestFirst.length - 1; i >= from; i--) {
            int length = pieces.length(longestFirst[i]);
            afterP[longestFirst[i]] = nextOfLength[length];
            nextOfLength[length] = longestFirst[i];
            lengths.set(length);
        }
    }

    /** Length of the longest piece that is no longer than this, 0 if there is none. */
    int longestUpTo(int length) {
        return Math.max(0, lengths.previousSetBit(length));
    }

    /** The shorter length of the two pieces that fill so much room best; 0 if no two fit. */
    int firstOfBestPair(int room) {
        int best = 0;
        int filled = 0;
        for (int first = lengths.nextSetBit(1);
                first > 0 && 2 * first <= room && filled < room;
                first = lengths.nextSetBit(first + 1)) {
            int second = lengths.previousSetBit(room - first);
            boolean two = second > first || second == first && afterP[nextOfLength[first]] != NONE;
            if (two && first + second > filled) {
                best = first;
                filled = first + second;
            }
        }
        return best;
    }

    /** Takes a piece of a length that there is. */
    int take(int length) {
        int piece = nextOfLength[length];
        nextOfLength[length] = afterP[piece];
        lengths.set(length, nextOfLength[length] != NONE);
        return piece;
    }
}
