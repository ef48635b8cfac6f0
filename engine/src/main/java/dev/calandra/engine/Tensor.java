package dev.calandra.engine;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A row-major, contiguous, off-heap array.
 *
 * <p>A tensor is a handle on a block of {@link TensorMemory}. The one who allocated it, or took a {@link #share()} of
 * it, closes that handle; the block goes back to the memory when its last owning handle is closed. A {@link #reshape}
 * or {@link #slice} borrows: it owns nothing, need not be closed, and is usable as long as an owner lives.
 */
public final class Tensor implements Operand, AutoCloseable {

    private final TensorMemory.Block block;
    private final MemorySegment segment;
    private final DType dtype;
    private final int[] shape;
    private final boolean owner;
    private boolean closed;

    Tensor(TensorMemory.Block block, MemorySegment segment, DType dtype, int[] shape, boolean owner) {
        this.block = block;
        this.segment = segment;
        this.dtype = dtype;
        this.shape = shape;
        this.owner = owner;
    }

    /** Number of elements of a shape. */
    public static long size(int... shape) {
        long size = 1;
        for (int dimension : shape) {
            if (dimension < 0) {
                throw new IllegalArgumentException("negative axis in shape " + Arrays.toString(shape));
            }
            size = Math.multiplyExact(size, dimension);
        }
        return size;
    }

    public DType dtype() {
        return dtype;
    }

    public int[] shape() {
        return shape.clone();
    }

    /** Length of axis i; negative i counts from the end. */
    public int dim(int i) {
        return shape[i < 0 ? shape.length + i : i];
    }

    /** Number of elements. */
    public long size() {
        return size(shape);
    }

    public long byteSize() {
        return size() * dtype.bytes();
    }

    /** Product of all axes but the last (1 for a scalar). */
    @Override
    public int rows() {
        int columns = columns();
        return columns == 0 ? rowsOfEmpty() : Math.toIntExact(size() / columns);
    }

    private int rowsOfEmpty() {
        return Math.toIntExact(size(Arrays.copyOf(shape, shape.length - 1)));
    }

    @Override
    public int columns() {
        return shape.length == 0 ? 1 : shape[shape.length - 1];
    }

    /**
     * The elements in memory, little-endian on every platform this project supports.
     *
     * @throws IllegalStateException if the tensor was closed
     */
    public MemorySegment segment() {
        if (closed || !block.live()) {
            throw new IllegalStateException("tensor " + this + " was closed before this use");
        }
        return segment;
    }

    /** Address of the first element, for native code. Keep the tensor reachable while it is used. */
    public long address() {
        return segment().address();
    }

    /**
     * The elements as bytes, little-endian, for channels; writing to the buffer writes to the tensor. Keep the tensor open while it is used.
     *
     * @throws UnsupportedOperationException beyond 2 GiB: take slices
     */
    public ByteBuffer bytes() {
        return segment().asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** A second owning handle on the same elements. */
    public Tensor share() {
        segment();
        block.retain();
        return new Tensor(block, segment, dtype, shape, true);
    }

    /** Whether this handle is the only owner, so that its elements may be overwritten. */
    public boolean exclusive() {
        return owner && block.owners() == 1;
    }

    /** The same elements under another shape; borrowed. */
    public Tensor reshape(int... newShape) {
        if (size(newShape) != size()) {
            throw new IllegalArgumentException(
                    "cannot reshape " + Arrays.toString(shape) + " to " + Arrays.toString(newShape));
        }
        return new Tensor(block, segment(), dtype, newShape.clone(), false);
    }

    /** Entries from (inclusive) to to (exclusive) of the first axis; borrowed. */
    public Tensor slice(int from, int to) {
        if (from < 0 || to < from || to > shape[0]) {
            throw new IndexOutOfBoundsException("slice " + from + ".." + to + " of " + Arrays.toString(shape));
        }
        int[] sliced = shape.clone();
        sliced[0] = 1;
        long stride = size(sliced) * dtype.bytes();
        sliced[0] = to - from;
        return new Tensor(block, segment().asSlice(from * stride, (to - from) * stride), dtype, sliced, false);
    }

    public float getFloat(long i) {
        return segment().getAtIndex(ValueLayout.JAVA_FLOAT, i);
    }

    public void setFloat(long i, float value) {
        segment().setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
    }

    public int getInt(long i) {
        return segment().getAtIndex(ValueLayout.JAVA_INT, i);
    }

    public void setInt(long i, int value) {
        segment().setAtIndex(ValueLayout.JAVA_INT, i, value);
    }

    public double getDouble(long i) {
        return segment().getAtIndex(ValueLayout.JAVA_DOUBLE, i);
    }

    public void setDouble(long i, double value) {
        segment().setAtIndex(ValueLayout.JAVA_DOUBLE, i, value);
    }

    /** Copies all elements in. */
    public void copyFrom(float[] values) {
        require(DType.F32);
        requireLength(values.length);
        MemorySegment.copy(values, 0, segment(), ValueLayout.JAVA_FLOAT, 0, values.length);
    }

    /** Copies all elements in. */
    public void copyFrom(int[] values) {
        require(DType.I32);
        requireLength(values.length);
        MemorySegment.copy(values, 0, segment(), ValueLayout.JAVA_INT, 0, values.length);
    }

    /** Copies all elements of a tensor of the same type and size in. */
    public void copyFrom(Tensor other) {
        other.require(dtype);
        requireLength(other.size());
        segment().copyFrom(other.segment());
    }

    public float[] toFloats() {
        require(DType.F32);
        return segment().toArray(ValueLayout.JAVA_FLOAT);
    }

    public int[] toInts() {
        require(DType.I32);
        return segment().toArray(ValueLayout.JAVA_INT);
    }

    /**
     * Checks type and, where a shape is given, shape.
     *
     * @throws IllegalArgumentException naming both
     */
    public Tensor require(DType expectedType, int... expectedShape) {
        if (dtype != expectedType || (expectedShape.length > 0 && !Arrays.equals(shape, expectedShape))) {
            throw new IllegalArgumentException("expected " + expectedType
                    + (expectedShape.length > 0 ? Arrays.toString(expectedShape) : "") + ", got " + this);
        }
        return this;
    }

    private void requireLength(long length) {
        if (length != size()) {
            throw new IllegalArgumentException(length + " values for " + this);
        }
    }

    /** Gives up this handle. Closing twice, or closing a borrowed view, does nothing. */
    @Override
    public void close() {
        if (owner && !closed) {
            closed = true;
            block.release();
        }
    }

    @Override
    public String toString() {
        return dtype + Arrays.toString(shape);
    }
}
