package dev.calandra.checkpoints;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/**
 * What a tensor is, without its bytes.
 *
 * @param name any text but {@code __metadata__}, which the safetensors format keeps for itself
 * @param dtype type of its elements
 * @param shape extents, outermost first; empty for a scalar, an extent of 0 makes an empty tensor
 */
public record TensorInfo(String name, DType dtype, List<Long> shape) {
    private static final int MAX_DIMENSIONS = 64;

    /** @throws IllegalArgumentException for a name that cannot be stored, a negative extent, or a size beyond 2^63 - 1 bytes */
    public TensorInfo {
        Objects.requireNonNull(dtype, "dtype");
        shape = List.copyOf(shape);
        if (name.equals("__metadata__") || !StandardCharsets.UTF_8.newEncoder().canEncode(name)) {
            throw new IllegalArgumentException("the name cannot be stored in a safetensors file");
        }
        if (shape.size() > MAX_DIMENSIONS) {
            throw new IllegalArgumentException(
                    shape.size() + " dimensions; at most " + MAX_DIMENSIONS + " are supported");
        }
        sizeInBytes(dtype, shape);
    }

    /** Number of elements. */
    public long elements() {
        return bytes() / dtype.bytes();
    }

    /** Number of bytes. */
    public long bytes() {
        return sizeInBytes(dtype, shape);
    }

    /** Entries of the first axis. */
    public long rows() {
        requireAxis();
        return shape.getFirst();
    }

    /** Bytes of one entry of the first axis. */
    public long rowBytes() {
        requireAxis();
        return sizeInBytes(dtype, shape.subList(1, shape.size()));
    }

    private void requireAxis() {
        if (shape.isEmpty()) {
            throw new IllegalArgumentException("tensor '" + name + "' is a scalar and has no rows");
        }
    }

    private static long sizeInBytes(DType dtype, List<Long> shape) {
        long product = 1;
        try {
            for (long extent : shape) {
                if (extent < 0) {
                    throw new IllegalArgumentException("shape " + shape + " has a negative extent");
                }
                product = Math.multiplyExact(product, extent);
            }
            return Math.multiplyExact(product, dtype.bytes());
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("shape " + shape + " of " + dtype + " is larger than 2^63 - 1 bytes", e);
        }
    }
}
