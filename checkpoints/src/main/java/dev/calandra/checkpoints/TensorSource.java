package dev.calandra.checkpoints;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;

/**
 * A tensor to be saved, or the part of it that one rank holds.
 *
 * @param name name of the logical tensor
 * @param dtype type of the elements
 * @param shape extents of the bytes that {@code content} writes
 * @param globalShape extents of the logical tensor; equal to {@code shape} when this is all of it
 * @param offset where {@code shape} lies in {@code globalShape}, one index for each dimension
 * @param content writes the bytes
 */
public record TensorSource(
        String name, DType dtype, List<Long> shape, List<Long> globalShape, List<Long> offset, TensorContent content) {

    private static final int CHUNK_ELEMENTS = 1 << 18;

    /** @throws IllegalArgumentException when the part does not lie within the whole, or the name or size cannot be stored */
    public TensorSource {
        Objects.requireNonNull(content, "content");
        shape = new TensorInfo(name, dtype, shape).shape();
        globalShape = new TensorInfo(name, dtype, globalShape).shape();
        offset = List.copyOf(offset);
        LogicalTensor.requireWithin(globalShape, offset, shape);
    }

    /** A whole tensor. */
    public TensorSource(String name, DType dtype, List<Long> shape, TensorContent content) {
        this(name, dtype, shape, shape, Collections.nCopies(shape.size(), 0L), content);
    }

    /**
     * Some rows of a tensor.
     *
     * @param whole the logical tensor
     * @param rows those that {@code content} writes
     */
    public static TensorSource ofRows(TensorInfo whole, RowRange rows, TensorContent content) {
        List<Long> shape = new ArrayList<>(whole.shape());
        shape.set(0, rows.rows());
        List<Long> offset = new ArrayList<>(Collections.nCopies(shape.size(), 0L));
        offset.set(0, rows.from());
        return new TensorSource(whole.name(), whole.dtype(), shape, whole.shape(), offset, content);
    }

    /** A whole F32 tensor from an array, which must not change until it is saved. */
    public static TensorSource ofFloats(String name, List<Long> shape, float... values) {
        return new TensorSource(name, DType.F32, shape, channel -> {
            ByteBuffer chunk = ByteBuffer.allocate(Math.min(values.length, CHUNK_ELEMENTS) * Float.BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN);
            for (int start = 0; start < values.length; start += CHUNK_ELEMENTS) {
                int count = Math.min(CHUNK_ELEMENTS, values.length - start);
                chunk.clear().asFloatBuffer().put(values, start, count);
                channel.write(chunk.limit(count * Float.BYTES));
            }
        });
    }

    /** A whole I64 tensor from an array, which must not change until it is saved. */
    public static TensorSource ofLongs(String name, List<Long> shape, long... values) {
        return new TensorSource(name, DType.I64, shape, TensorContent.of(() -> {
            ByteBuffer bytes = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            bytes.asLongBuffer().put(values);
            return bytes;
        }));
    }

    /** Extents as a list. */
    public static List<Long> shape(long... extents) {
        return Arrays.stream(extents).boxed().toList();
    }

    /** What lies in the shard: this part under the logical tensor's name. */
    public TensorInfo part() {
        return new TensorInfo(name, dtype, shape);
    }

    /** The logical tensor. */
    TensorInfo whole() {
        return new TensorInfo(name, dtype, globalShape);
    }
}
