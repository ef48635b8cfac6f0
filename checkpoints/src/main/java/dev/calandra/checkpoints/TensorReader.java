package dev.calandra.checkpoints;

import dev.calandra.configs.CheckpointException;
import dev.calandra.storage.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;

/**
 * Named tensors that can be read: one safetensors file, a Hugging Face folder, or a checkpoint. Reads may come from several threads.
 *
 * <p>All methods that read throw {@link CheckpointException} when the bytes cannot be had, {@link CorruptCheckpointException} when they are
 * wrong.
 */
public sealed interface TensorReader extends AutoCloseable permits SafetensorsFile, HuggingFaceFolder, Checkpoint {

    /**
     * Opens whatever lies at a location: a {@code .safetensors} file, a step folder, a run folder (its newest valid step), or a Hugging Face
     * folder. Nothing on disk is changed.
     */
    static TensorReader open(Storage storage, String location) {
        try {
            if (!storage.exists(location)) {
                throw new CheckpointException(location + ": no such file or folder");
            }
            if (location.endsWith(".safetensors")) {
                return SafetensorsFile.open(storage, location);
            }
            if (storage.exists(storage.child(location, Manifest.FILE))) {
                return Checkpoint.open(storage, location, Verification.CHECKSUMS);
            }
            if (HuggingFaceFolder.isOne(storage, location)) {
                return HuggingFaceFolder.open(storage, location);
            }
            return new CheckpointReader(storage, location)
                    .newestValid()
                    .orElseThrow(() -> new CheckpointException(location + ": holds no checkpoint (" + Manifest.FILE
                            + "), no step-* folder and no " + HuggingFaceFolder.SINGLE + "; name one of these"));
        } catch (IOException e) {
            throw new CheckpointException(location + ": could not be read: " + e.getMessage(), e);
        }
    }

    /** Where the tensors are, for messages. */
    String location();

    /** Every tensor, in a fixed order. */
    List<TensorInfo> tensors();

    /** The tensor of a name, if there is one. */
    Optional<TensorInfo> find(String name);

    /**
     * Fills the remaining space of a buffer with the bytes of a tensor, row-major and little-endian, from a byte offset on. Tensors beyond
     * 2 GiB are read in several calls.
     *
     * @throws IllegalArgumentException when the range leaves the tensor
     */
    void read(String name, long offset, ByteBuffer target);

    /** Releases the files. */
    @Override
    void close();

    /** The tensor of a name; an error that names the place when there is none. */
    default TensorInfo tensor(String name) {
        return find(name)
                .orElseThrow(() -> new CheckpointException(location() + ": has no tensor "
                        + CorruptCheckpointException.quoted(name) + " among its "
                        + tensors().size()
                        + "; it belongs to another architecture, or is not complete"));
    }

    /** All bytes of a tensor in a new little-endian buffer; beyond 2 GiB use {@link #read(String, long, ByteBuffer)}. */
    default ByteBuffer read(String name) {
        long bytes = tensor(name).bytes();
        if (bytes > Integer.MAX_VALUE - 8) {
            throw new IllegalArgumentException("tensor '" + name + "' has " + bytes
                    + " bytes, more than one buffer holds; read it in parts with read(name, offset, target)");
        }
        ByteBuffer buffer = ByteBuffer.allocate((int) bytes).order(ByteOrder.LITTLE_ENDIAN);
        read(name, 0, buffer);
        return buffer.flip();
    }

    /**
     * Fills the remaining space of a buffer with whole rows of a tensor, from a row on, whichever ranks wrote them.
     *
     * @throws IllegalArgumentException when the rows leave the tensor, or the buffer ends within a row
     */
    default void readRows(String name, long firstRow, ByteBuffer target) {
        long rowBytes = tensor(name).rowBytes();
        if (rowBytes > 0 && target.remaining() % rowBytes != 0) {
            throw new IllegalArgumentException(
                    target.remaining() + " bytes are not whole rows of tensor '" + name + "' of " + rowBytes);
        }
        read(name, Math.multiplyExact(firstRow, rowBytes), target);
    }

    /**
     * The elements of a floating-point tensor (F32, BF16, F16 exactly; F64 rounded; FP8 codes without the scales that may belong to
     * them), row-major.
     *
     * @throws CheckpointException for any other type, naming it
     */
    default float[] readFloats(String name) {
        return new ElementReader(this, tensor(name)).floats();
    }

    /**
     * Some neighbouring elements of such a tensor, into the start of an array.
     *
     * @param first index of the first one, row-major
     */
    default void readFloats(String name, long first, float[] target, int count) {
        new ElementReader(this, tensor(name)).floats(first, target, count);
    }

    /**
     * The elements of an integer or BOOL tensor, row-major.
     *
     * @throws CheckpointException for a floating-point type, or a value beyond 32 bits
     */
    default int[] readInts(String name) {
        return new ElementReader(this, tensor(name)).ints();
    }
}
