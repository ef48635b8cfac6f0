package dev.calandra.data.packing;

import java.util.Arrays;

/** The pieces of a block's documents and the bins that they are put into. Legend: P pieces, B bins. */
final class Pieces {
    private int[] documentP;
    private int[] fromP;
    private int[] lengthP;
    private int[] binP;
    private int size;

    Pieces(int expected) {
        documentP = new int[expected];
        fromP = new int[expected];
        lengthP = new int[expected];
        binP = new int[expected];
    }

    int size() {
        return size;
    }

    int length(int piece) {
        return lengthP[piece];
    }

    void add(int document, int from, int length) {
        if (size == documentP.length) {
            int capacity = Math.max(16, 2 * size);
            documentP = Arrays.copyOf(documentP, capacity);
            fromP = Arrays.copyOf(fromP, capacity);
            lengthP = Arrays.copyOf(lengthP, capacity);
            binP = Arrays.copyOf(binP, capacity);
        }
        documentP[size] = document;
        fromP[size] = from;
        lengthP[size] = length;
        size++;
    }

    /** Cuts a piece after so many tokens and returns the new piece behind the cut. */
    int split(int piece, int after) {
        add(documentP[piece], fromP[piece] + after, lengthP[piece] - after);
        lengthP[piece] = after;
        return size - 1;
    }

    void assign(int piece, int bin) {
        binP[piece] = bin;
    }

    /** The first of the longest pieces. */
    int longest() {
        int longest = 0;
        for (int p = 1; p < size; p++) {
            longest = lengthP[p] > lengthP[longest] ? p : longest;
        }
        return longest;
    }

    /** All pieces, the longest first; those of equal length in the order in which they were added. */
    int[] longestFirst(int maximum) {
        int[] rankOfLength = new int[maximum + 2];
        for (int p = 0; p < size; p++) {
            rankOfLength[maximum - lengthP[p] + 1]++;
        }
        Arrays.parallelPrefix(rankOfLength, Integer::sum);
        int[] sorted = new int[size];
        for (int p = 0; p < size; p++) {
            sorted[rankOfLength[maximum - lengthP[p]]++] = p;
        }
        return sorted;
    }

    /** The pieces sorted by bin; in a bin in the order in which they were added. */
    Bins inBins(int bins) {
        int[] firstPieceB = new int[bins + 1];
        for (int p = 0; p < size; p++) {
            firstPieceB[binP[p] + 1]++;
        }
        Arrays.parallelPrefix(firstPieceB, Integer::sum);
        int[] next = firstPieceB.clone();
        int[] place = new int[size];
        for (int p = 0; p < size; p++) {
            place[p] = next[binP[p]]++;
        }
        return new Bins(firstPieceB, moved(documentP, place), moved(fromP, place), moved(lengthP, place));
    }

    private static int[] moved(int[] valuesP, int[] placeP) {
        int[] moved = new int[placeP.length];
        for (int p = 0; p < placeP.length; p++) {
            moved[placeP[p]] = valuesP[p];
        }
        return moved;
    }
}
