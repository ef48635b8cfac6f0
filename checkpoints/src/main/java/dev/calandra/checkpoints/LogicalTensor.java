package dev.calandra.checkpoints;

import java.util.List;

/**
 * A tensor as the model knows it, and where its pieces are. How many ranks wrote it is of no consequence to a reader: the pieces tile it.
 *
 * @param info name, type and global shape
 * @param pieces boxes that cover every element exactly once
 */
public record LogicalTensor(TensorInfo info, List<TensorPiece> pieces) {
    /** Bounds the pairwise overlap check on a manifest from strangers; as many ranks as anyone would save from. */
    static final int MAX_PIECES = 4096;

    /** @throws IllegalArgumentException when the pieces leave the tensor, overlap, or do not cover it */
    public LogicalTensor {
        pieces = List.copyOf(pieces);
        if (pieces.isEmpty() || pieces.size() > MAX_PIECES) {
            throw new IllegalArgumentException("tensor '" + info.name() + "' has " + pieces.size() + " pieces; 1 to "
                    + MAX_PIECES + " are possible");
        }
        long elements = 0;
        for (TensorPiece piece : pieces) {
            requireWithin(info.shape(), piece.offset(), piece.shape());
            elements = Math.addExact(elements, new TensorInfo(info.name(), info.dtype(), piece.shape()).elements());
        }
        requireDisjoint(info, pieces);
        if (elements != info.elements()) {
            throw new IllegalArgumentException("the pieces of tensor '" + info.name() + "' hold " + elements
                    + " of its " + info.elements() + " elements");
        }
    }

    private static void requireDisjoint(TensorInfo info, List<TensorPiece> pieces) {
        for (int i = 0; i < pieces.size(); i++) {
            for (int j = 0; j < i; j++) {
                TensorPiece a = pieces.get(i);
                TensorPiece b = pieces.get(j);
                if (!a.isEmpty() && !b.isEmpty() && a.overlaps(b)) {
                    throw new IllegalArgumentException("the pieces of tensor '" + info.name() + "' in " + a.shard()
                            + " and " + b.shard() + " overlap");
                }
            }
        }
    }

    static void requireWithin(List<Long> global, List<Long> offset, List<Long> shape) {
        boolean within = offset.size() == global.size() && shape.size() == global.size();
        for (int d = 0; within && d < global.size(); d++) {
            long first = offset.get(d);
            long extent = shape.get(d);
            within = first >= 0 && extent >= 0 && extent <= global.get(d) && first <= global.get(d) - extent;
        }
        if (!within) {
            throw new IllegalArgumentException(
                    "a piece of shape " + shape + " at " + offset + " does not lie within " + global);
        }
    }

    /** Whether one piece is the whole tensor. */
    boolean isWhole() {
        return pieces.size() == 1 && pieces.getFirst().shape().equals(info.shape());
    }
}
