package dev.calandra.trainer.run;

import dev.calandra.checkpoints.DType;
import dev.calandra.checkpoints.TensorInfo;
import dev.calandra.checkpoints.TensorReader;
import dev.calandra.checkpoints.TensorSource;
import dev.calandra.engine.Tensor;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;
import java.util.List;

/**
 * A named F32 tensor of a checkpoint and the rows of memory that it is: written and read in pieces, so that saving costs
 * next to no memory.
 *
 * @param name in the checkpoint
 * @param shape in the checkpoint
 * @param rowsRC the elements, seen as a matrix; borrowed
 */
record SavedTensor(String name, List<Long> shape, Tensor rowsRC) {

    /** A buffer has at most 2 GiB; pieces of this size keep what a storage copies on the way small. */
    private static final int PIECE_BYTES = 4 << 20;

    /** Rows of one piece. */
    private int rowsPerPiece() {
        return Math.max(1, PIECE_BYTES / Math.max(1, rowsRC.columns() * Float.BYTES));
    }

    TensorInfo info() {
        return new TensorInfo(name, DType.F32, shape);
    }

    TensorSource source() {
        return new TensorSource(name, DType.F32, shape, this::write);
    }

    private void write(WritableByteChannel channel) throws IOException {
        for (int row = 0; row < rowsRC.rows(); row += rowsPerPiece()) {
            channel.write(piece(row).bytes());
        }
    }

    /** Overwrites the elements. */
    void read(TensorReader checkpoint) {
        long offset = 0;
        for (int row = 0; row < rowsRC.rows(); row += rowsPerPiece()) {
            Tensor piece = piece(row);
            checkpoint.read(name, offset, piece.bytes());
            offset += piece.byteSize();
        }
    }

    private Tensor piece(int row) {
        return rowsRC.slice(row, Math.min(rowsRC.rows(), row + rowsPerPiece()));
    }

    static List<Long> extents(int... shape) {
        return Arrays.stream(shape).asLongStream().boxed().toList();
    }
}
