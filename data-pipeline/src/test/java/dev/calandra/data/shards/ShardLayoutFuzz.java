package dev.calandra.data.shards;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.calandra.configs.DataException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Any bytes as an Arrow shard. FuzzCorpusTest replays the corpus; {@code scripts/fuzz arrow} looks for more. */
class ShardLayoutFuzz {
    static final ShardIdentity IDENTITY = new ShardIdentity("test", "train", "0123456789abcdef", 100, 0);

    /** @param bytes the file from its first byte, checksums left aside: a forger would make them fit */
    @FuzzTest
    void shard(byte[] bytes) {
        ShardLayout layout = new ShardLayout("fuzzed.arrow", new Window(bytes));
        try {
            for (ShardLayout.Extent extent : layout.extents(IDENTITY)) {
                ShardLayout.Batch batch = layout.batch(extent);
                requireInside(batch.offsets(), Integer.BYTES * (batch.rows() + 1L), extent);
                requireInside(batch.values(), Integer.BYTES * (long) batch.tokens(), extent);
                requireInside(batch.lossStart(), Integer.BYTES * (long) batch.rows(), extent);
                requireInside(extent.position(), extent.end() - extent.position(), 0, bytes.length);
            }
        } catch (DataException e) {
            if (e.getMessage().isBlank()) {
                throw new AssertionError("refused without a reason", e);
            }
        }
    }

    private static void requireInside(long position, long length, ShardLayout.Extent extent) {
        requireInside(position, length, extent.position() + extent.headerLength(), extent.end());
    }

    private static void requireInside(long position, long length, long begin, long end) {
        if (position < begin || length < 0 || position > end - length) {
            throw new AssertionError(length + " bytes at " + position + " leave " + begin + " to " + end);
        }
    }

    private record Window(byte[] bytes) implements ShardLayout.FileWindow {
        @Override
        public long length() {
            return bytes.length;
        }

        @Override
        public ByteBuffer slice(long position, long length) {
            if (position < 0 || length < 0 || position > bytes.length - length) {
                throw new IndexOutOfBoundsException(position + " + " + length + " of " + bytes.length);
            }
            return ByteBuffer.wrap(bytes).slice((int) position, (int) length).order(ByteOrder.LITTLE_ENDIAN);
        }
    }
}
