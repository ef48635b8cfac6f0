package dev.calandra.checkpoints;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.zip.CRC32C;

/** Passes bytes on, whole buffers or large parts of them at a time, and knows their number and CRC32C. Closing it does not close the channel below. */
final class CheckedChannel implements WritableByteChannel {
    /** Added up and passed on while it is still in a core's own cache. */
    private static final int CHUNK_BYTES = 256 << 10;

    private final WritableByteChannel target;
    private final CRC32C crc = new CRC32C();
    private long length;

    CheckedChannel(WritableByteChannel target) {
        this.target = target;
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        int count = source.remaining();
        int limit = source.limit();
        while (source.position() < limit) {
            source.limit(source.position() + Math.min(CHUNK_BYTES, limit - source.position()));
            crc.update(source.duplicate());
            while (source.hasRemaining()) {
                target.write(source);
            }
        }
        length += count;
        return count;
    }

    /** Bytes written so far. */
    long length() {
        return length;
    }

    /** CRC32C (Castagnoli) of the bytes written so far. */
    int crc32c() {
        return (int) crc.getValue();
    }

    @Override
    public boolean isOpen() {
        return target.isOpen();
    }

    @Override
    public void close() {}
}
