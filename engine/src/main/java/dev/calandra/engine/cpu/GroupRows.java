package dev.calandra.engine.cpu;

import dev.calandra.engine.Groups;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** Reads group offsets, and cuts groups into pieces of work. */
final class GroupRows {

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
        boolean ordered = IntStream.range(1, offsets.length).allMatch(i -> offsets[i - 1] <= offsets[i]);
        if (offsets[0] != 0 || offsets[offsets.length - 1] != rows || !ordered) {
            throw new IllegalArgumentException(
                    "group offsets " + Arrays.toString(offsets) + " do not cover " + rows + " rows in order");
        }
        return offsets;
    }

    /** Pieces of at most so many rows, largest first so that the last one to finish is small. */
    static Piece[] pieces(int[] offsets, int rowsPerPiece) {
        return IntStream.range(0, offsets.length - 1)
                .boxed()
                .flatMap(group -> IntStream.iterate(
                                offsets[group], first -> first < offsets[group + 1], first -> first + rowsPerPiece)
                        .mapToObj(first -> new Piece(group, first, Math.min(offsets[group + 1], first + rowsPerPiece))))
                .sorted(Comparator.comparingInt(Piece::rows).reversed())
                .toArray(Piece[]::new);
    }
}
