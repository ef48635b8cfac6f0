package dev.calandra.trainer.exchange;

import dev.calandra.checkpoints.DType;
import dev.calandra.checkpoints.TensorInfo;
import dev.calandra.checkpoints.TensorReader;
import dev.calandra.configs.CheckpointException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.util.List;

/** What becomes of F64 values that are read as F32. The other types of the format that hold weights fit into F32. */
final class RoundedValues {
    private static final int CHUNK_BYTES = 1 << 20;

    private RoundedValues() {}

    /**
     * How many values of these tensors are not the same in F32.
     *
     * @throws CheckpointException when one is finite and F32 has no number for it, naming it
     */
    static long count(TensorReader reader, List<TensorInfo> tensors) {
        long rounded = 0;
        for (TensorInfo tensor : tensors) {
            if (tensor.dtype() == DType.F64) {
                rounded += count(reader, tensor);
            }
        }
        return rounded;
    }

    private static long count(TensorReader reader, TensorInfo tensor) {
        long rounded = 0;
        ByteBuffer chunk =
                ByteBuffer.allocate((int) Math.min(CHUNK_BYTES, tensor.bytes())).order(ByteOrder.LITTLE_ENDIAN);
        for (long at = 0; at < tensor.bytes(); at += chunk.limit()) {
            reader.read(tensor.name(), at, chunk.clear().limit((int) Math.min(chunk.capacity(), tensor.bytes() - at)));
            for (DoubleBuffer values = chunk.flip().asDoubleBuffer(); values.hasRemaining(); ) {
                double value = values.get();
                float kept = (float) value;
                if (Float.isInfinite(kept) && Double.isFinite(value)) {
                    throw new CheckpointException(reader.location() + ": tensor " + tensor.name() + " holds " + value
                            + ", beyond the range of F32; nothing was imported");
                }
                rounded += Double.compare(kept, value) == 0 ? 0 : 1;
            }
        }
        return rounded;
    }
}
