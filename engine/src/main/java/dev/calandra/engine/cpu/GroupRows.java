package dev.calandra.engine.cpu;

import dev.calandra.engine.Groups;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/** Reads group offsets, and cuts groups into pieces of work. */
final class GroupRows {

    /** The part of the rows that is cut finer, and how much: who has done their share finds small pieces left to take. */
    private static final int FINE_PART = 8;

    private static final int FINER = 4;

    private GroupRows() {}

    /** Rows {@code first} to {@code end} (exclusive) of a group. */
    record Piece(int group, int first, int end) {
        int rows() {
            return end - first;
        }
    }

    /** The offsets, checked: a wrong one would read foreign memory. */
    static int[] offsets(Groups groups, int rows) {
        int[] offsets = groups.offsets().toInts();
        boolean ordered = true;
        for (int i = 1; i < offsets.length; i++) {
            ordered &= offsets[i - 1] <= offsets[i];
        }
        if (offsets[0] != 0 || offsets[offsets.length - 1] != rows || !ordered) {
            throw new IllegalArgumentException(
                    "group offsets " + Arrays.toString(offsets) + " do not cover " + rows + " rows in order");
        }
        return offsets;
    }

    /**
     * Pieces of at most so many rows, largest first; the last ones of a single group are smaller, so that nobody waits long
     * for the last to finish. How one of several groups is cut does not depend on the others, which another rank may have: a
     * library's product of a row may depend on how many there are.
     */
    static Piece[] pieces(int[] offsets, int rowsPerPiece) {
        List<Piece> pieces = new ArrayList<>();
        for (int group = 0; group < offsets.length - 1; group++) {
            cut(new Piece(group, offsets[group], offsets[group + 1]), rowsPerPiece, pieces);
        }
        pieces.sort(Comparator.comparingInt(Piece::rows).reversed());
        int coarse = pieces.size();
        if (offsets.length > 2) {
            return pieces.toArray(Piece[]::new);
        }
        for (int fine = offsets[offsets.length - 1] / FINE_PART; coarse > 0 && fine > 0; coarse--) {
            fine -= pieces.get(coarse - 1).rows();
        }
        List<Piece> mixed = new ArrayList<>(pieces.subList(0, coarse));
        pieces.subList(coarse, pieces.size()).forEach(piece -> cut(piece, rowsPerPiece / FINER, mixed));
        return mixed.toArray(Piece[]::new);
    }

    /** The groups that have rows, largest first. */
    static Piece[] groups(int[] offsets) {
        List<Piece> groups = new ArrayList<>();
        for (int group = 0; group < offsets.length - 1; group++) {
            cut(new Piece(group, offsets[group], offsets[group + 1]), Integer.MAX_VALUE / 2, groups);
        }
        groups.sort(Comparator.comparingInt(Piece::rows).reversed());
        return groups.toArray(Piece[]::new);
    }

    private static void cut(Piece whole, int rows, List<Piece> pieces) {
        for (int first = whole.first(); first < whole.end(); first += rows) {
            pieces.add(new Piece(whole.group(), first, Math.min(whole.end(), first + rows)));
        }
    }
}
