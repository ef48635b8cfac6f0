package dev.calandra.checkpoints;

import dev.calandra.storage.FileName;
import java.util.List;

/**
 * A box of a logical tensor that lies in one shard, under the logical tensor's name.
 *
 * @param shard the file that holds it
 * @param offset index of its first element in the logical tensor, one for each dimension
 * @param shape its extents
 */
public record TensorPiece(FileName shard, List<Long> offset, List<Long> shape) {
    public TensorPiece {
        offset = List.copyOf(offset);
        shape = List.copyOf(shape);
    }

    boolean overlaps(TensorPiece other) {
        for (int d = 0; d < shape.size(); d++) {
            long end = offset.get(d) + shape.get(d);
            long otherEnd = other.offset.get(d) + other.shape.get(d);
            if (end <= other.offset.get(d) || otherEnd <= offset.get(d)) {
                return false;
            }
        }
        return true;
    }

    boolean isEmpty() {
        return shape.contains(0L);
    }
}
