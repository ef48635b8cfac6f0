package dev.calandra.trainer.run;

import dev.calandra.checkpoints.DType;
import dev.calandra.checkpoints.RowRange;
import dev.calandra.checkpoints.TensorInfo;
import dev.calandra.checkpoints.TensorReader;
import dev.calandra.checkpoints.TensorSource;
import dev.calandra.engine.Tensor;
import java.io.IOException;
import java.nio.channels.WritableByteChannel;
import java.util.Arrays;
import java.util.List;

/**
 * Rows of a named F32 tensor of a checkpoint, and the memory that they are in: written and read in pieces, so that saving costs
 * next to no memory.
 *
 * @param name in the checkpoint
 * @param shape of the whole tensor
 * @param firstRow where in the tensor the rows begin, counted along its first axis
 * @param rowsRC the elements, seen as a matrix with a row for each entry of the first axis; borrowed
 */
record SavedTensor(String name, List<Long> shape, long firstRow, Tensor rowsRC) {

    /** A buffer has at most 2 GiB; pieces of this size keep what a storage copies on the way small. */
    private static final int PIECE_BYTES = 4 << 20;

    static SavedTensor whole(String name, List<Long> shape, Tensor rowsRC) {
        return new SavedTensor(name, shape, 0, rowsRC);
    }

    /** Rows of one piece. */
    private int rowsPerPiece() {
        return Math.max(1, PIECE_BYTES / Math.max(1, rowsRC.columns() * Float.BYTES));
    }

    TensorInfo info() {
        return new TensorInfo(name, DType.F32, shape);
    }

    TensorSource source() {
        return TensorSource.ofRows(info(), new RowRange(firstRow, firstRow + rowsRC.rows()), this::write);
    }

    private void write(WritableByteChannel channel) throws IOException {
        for (int row = 0; row < rowsRC.rows(); row += rowsPerPiece()) {
            channel.write(piece(row).bytes());
        }
    }

    /** Overwrites the elements. */
    void read(TensorReader checkpoint) {
        for (int row = 0; row < rowsRC.rows(); row += rowsPerPiece()) {
            checkpoint.readRows(name, firstRow + row, piece(row).bytes());
        }
    }

    private Tensor piece(int row) {
        return rowsRC.slice(row, Math.min(rowsRC.rows(), row + rowsPerPiece()));
    }

    static List<Long> extents(int... shape) {
        return Arrays.stream(shape).asLongStream().boxed().toList();
    }
}
