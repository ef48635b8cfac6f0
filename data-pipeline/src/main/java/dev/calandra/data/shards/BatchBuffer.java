package dev.calandra.data.shards;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.ipc.message.ArrowFieldNode;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;

/** The rows of the record batch being filled, on the heap; grows to its limit once and is used again. */
final class BatchBuffer {
    private int[] tokens = new int[1 << 12];
    private int[] offsets = new int[1 << 8];
    private int[] lossStarts = new int[1 << 8];
    private long[] ids = new long[1 << 8];
    private int rows;

    void add(int[] document, int lossStart, long id) {
        int end = Math.addExact(offsets[rows], document.length);
        tokens = grown(tokens, end);
        System.arraycopy(document, 0, tokens, offsets[rows], document.length);
        offsets = grown(offsets, rows + 2);
        lossStarts = grown(lossStarts, rows + 1);
        if (rows == ids.length) {
            ids = Arrays.copyOf(ids, 2 * rows);
        }
        lossStarts[rows] = lossStart;
        ids[rows] = id;
        rows++;
        offsets[rows] = end;
    }

    int rows() {
        return rows;
    }

    int tokenCount() {
        return offsets[rows];
    }

    void clear() {
        rows = 0;
    }

    /** The rows as an Arrow record batch, which the caller closes. */
    ArrowRecordBatch toRecordBatch(BufferAllocator allocator) {
        List<ArrowBuf> buffers = new ArrayList<>();
        try {
            ArrowBuf noNulls = allocator.getEmpty();
            buffers.add(noNulls);
            buffers.add(copy(allocator, offsets, rows + 1));
            buffers.add(noNulls);
            buffers.add(copy(allocator, tokens, tokenCount()));
            buffers.add(noNulls);
            buffers.add(copy(allocator, lossStarts, rows));
            buffers.add(noNulls);
            buffers.add(copy(allocator, ids, rows));
            List<ArrowFieldNode> nodes = List.of(
                    new ArrowFieldNode(rows, 0),
                    new ArrowFieldNode(tokenCount(), 0),
                    new ArrowFieldNode(rows, 0),
                    new ArrowFieldNode(rows, 0));
            return new ArrowRecordBatch(rows, nodes, buffers);
        } finally {
            // The batch holds its own references.
            buffers.forEach(ArrowBuf::close);
        }
    }

    private static int[] grown(int[] array, int needed) {
        return needed <= array.length ? array : Arrays.copyOf(array, Math.max(needed, 2 * array.length));
    }

    private static ArrowBuf copy(BufferAllocator allocator, int[] values, int count) {
        long bytes = (long) Integer.BYTES * count;
        ArrowBuf buffer = allocator.buffer(bytes);
        littleEndian(buffer, bytes).asIntBuffer().put(values, 0, count);
        buffer.writerIndex(bytes);
        return buffer;
    }

    private static ArrowBuf copy(BufferAllocator allocator, long[] values, int count) {
        long bytes = (long) Long.BYTES * count;
        ArrowBuf buffer = allocator.buffer(bytes);
        littleEndian(buffer, bytes).asLongBuffer().put(values, 0, count);
        buffer.writerIndex(bytes);
        return buffer;
    }

    private static ByteBuffer littleEndian(ArrowBuf buffer, long bytes) {
        return buffer.nioBuffer(0, Math.toIntExact(bytes)).order(ByteOrder.LITTLE_ENDIAN);
    }
}
