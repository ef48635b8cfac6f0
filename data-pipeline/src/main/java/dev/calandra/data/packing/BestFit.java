package dev.calandra.data.packing;

import java.util.Arrays;
import java.util.BitSet;

/**
 * Puts the documents of a block into a number of bins that depends on the block's tokens alone, so that the n-th bin of a corpus can be
 * found without looking at any document before it.
 *
 * <p>A document longer than a bin is cut into full bins and a rest; rests and shorter documents are whole pieces. The longest pieces get a bin
 * each, so that no bin stays empty; the others follow, the longest first, each into the fullest bin that holds it (best-fit decreasing;
 * Johnson, 1974; for language models Ding et al., arXiv 2404.10830). The bins have room for 1 part in {@value #SLACK} more than the tokens, so
 * padding stays below 1 %. Documents that cannot be placed whole in so many bins (six tenths of a bin each, say: no two share one) are cut to
 * fill the room that is left.
 *
 * <p>The same lengths always give the same bins. Legend: N documents, B bins.
 */
public final class BestFit {
    private static final int SLACK = 128;
    private static final int NONE = -1;

    private final int capacity;
    private final int bins;
    private final Pieces pieces;

    /** For each amount of room the last bin put on its list, or none; and for each bin the one below it on its list. */
    private final int[] topOfRoom;

    private final int[] belowB;
    private final BitSet roomsInUse = new BitSet();

    private BestFit(int capacity, int bins, int expectedPieces) {
        this.capacity = capacity;
        this.bins = bins;
        this.pieces = new Pieces(expectedPieces);
        this.belowB = new int[bins];
        this.topOfRoom = new int[capacity + 1];
        Arrays.fill(topOfRoom, NONE);
    }

    /** Number of bins for a block of so many tokens. */
    public static long binsFor(long tokens, int capacity) {
        return Math.ceilDiv(tokens + tokens / SLACK, capacity);
    }

    /**
     * Packs a block.
     *
     * @param lengthN tokens of each document, at least 1
     * @param capacity tokens of a bin, at least 2
     */
    public static Bins pack(int[] lengthN, int capacity) {
        long tokens = Arrays.stream(lengthN).asLongStream().sum();
        int bins = Math.toIntExact(binsFor(tokens, capacity));
        BestFit packing = new BestFit(capacity, bins, Math.max(bins, lengthN.length));
        packing.cut(lengthN);
        int[] longestFirst = packing.pieces.longestFirst(capacity);
        for (int i = 0; i < longestFirst.length; i++) {
            if (i < bins) {
                packing.put(longestFirst[i], i, capacity);
            } else {
                packing.place(longestFirst[i]);
            }
        }
        return packing.pieces.inBins(bins);
    }

    private void cut(int[] lengthN) {
        for (int document = 0; document < lengthN.length; document++) {
            int from = 0;
            while (lengthN[document] - from > capacity) {
                pieces.add(document, from, capacity);
                from += capacity;
            }
            // A rest of one token, the end of the text, is a target of the full piece before it and predicts nothing
            // itself.
            if (from == 0 || lengthN[document] - from > 1) {
                pieces.add(document, from, lengthN[document] - from);
            }
        }
        while (pieces.size() < bins) {
            int longest = pieces.longest();
            pieces.split(longest, pieces.length(longest) / 2);
        }
    }

    /** Puts a piece into the fullest bin that holds it; where none does, as much of it as fits into the emptiest, and so on. */
    private void place(int piece) {
        int rest = piece;
        int room = roomsInUse.nextSetBit(pieces.length(rest));
        while (room < 0) {
            int largest = roomsInUse.previousSetBit(capacity);
            int next = pieces.split(rest, largest);
            put(rest, taken(largest), largest);
            rest = next;
            room = roomsInUse.nextSetBit(pieces.length(rest));
        }
        put(rest, taken(room), room);
    }

    /** Takes a bin from the list of those with so much room. */
    private int taken(int room) {
        int bin = topOfRoom[room];
        topOfRoom[room] = belowB[bin];
        roomsInUse.set(room, topOfRoom[room] != NONE);
        return bin;
    }

    private void put(int piece, int bin, int room) {
        pieces.assign(piece, bin);
        int left = room - pieces.length(piece);
        if (left > 0) {
            belowB[bin] = topOfRoom[left];
            topOfRoom[left] = bin;
            roomsInUse.set(left);
        }
    }
}
