package dev.calandra.data.packing;

import java.util.Arrays;

/**
 * Puts the documents of a block into a number of bins that depends on the block's tokens alone, so that the n-th bin of a corpus can be
 * found without looking at any document before it.
 *
 * <p>A document longer than a bin is cut into full bins and a rest; rests and shorter documents are whole pieces. The longest pieces get a bin
 * each, so that no bin stays empty. Then the bins are filled one after the other: with the longest piece that fits while there is room for
 * several, and at last with the piece or the two pieces that leave the least room. (Best-fit decreasing, as in Ding et al., arXiv 2404.10830,
 * looks for a bin for each piece; where pieces are of similar length it leaves 2 % and more.) The bins have room for 1 part in {@value #SLACK}
 * more than the tokens, and that is the padding. Documents that cannot be placed whole in so many bins (six tenths of a bin each, say: no two
 * share one) are cut to fill the room that is left.
 *
 * <p>The same lengths always give the same bins. Legend: N documents, B bins.
 */
public final class BestFit {
    private static final int SLACK = 144;

    private final int capacity;
    private final int bins;
    private final Pieces pieces;
    private final int[] roomB;

    private BestFit(int capacity, int bins, int expectedPieces) {
        this.capacity = capacity;
        this.bins = bins;
        this.pieces = new Pieces(expectedPieces);
        this.roomB = new int[bins];
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
        packing.fill();
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

    private void fill() {
        int[] longestFirst = pieces.longestFirst(capacity);
        PiecePool pool = new PiecePool(capacity, pieces, longestFirst, bins);
        for (int bin = 0; bin < bins; bin++) {
            roomB[bin] = capacity;
            put(longestFirst[bin], bin);
        }
        for (int bin = 0; bin < bins; bin++) {
            fill(bin, pool);
        }
        for (int longest = pool.longestUpTo(capacity); longest > 0; longest = pool.longestUpTo(capacity)) {
            squeezeIn(pool.take(longest));
        }
    }

    private void fill(int bin, PiecePool pool) {
        int longest = pool.longestUpTo(roomB[bin]);
        while (longest > 0) {
            int room = roomB[bin];
            // Short pieces are kept for bins that need them: a bin may lose its part of the slack.
            boolean full = room - longest <= capacity / SLACK;
            int first = full || room > 2 * longest ? 0 : pool.firstOfBestPair(room);
            int second = first == 0 ? 0 : pool.longestUpTo(room - first);
            if (first + second > longest) {
                put(pool.take(first), bin);
                put(pool.take(second), bin);
            } else {
                put(pool.take(longest), bin);
            }
            longest = pool.longestUpTo(roomB[bin]);
        }
    }

    /** Puts a piece that no bin has room for into the bins with the most room, as much of it as each holds. */
    private void squeezeIn(int piece) {
        int rest = piece;
        int roomiest = roomiest();
        while (pieces.length(rest) > roomB[roomiest]) {
            int next = pieces.split(rest, roomB[roomiest]);
            put(rest, roomiest);
            rest = next;
            roomiest = roomiest();
        }
        put(rest, roomiest);
    }

    private int roomiest() {
        int roomiest = 0;
        for (int bin = 1; bin < bins; bin++) {
            roomiest = roomB[bin] > roomB[roomiest] ? bin : roomiest;
        }
        return roomiest;
    }

    private void put(int piece, int bin) {
        pieces.assign(piece, bin);
        roomB[bin] -= pieces.length(piece);
    }
}
