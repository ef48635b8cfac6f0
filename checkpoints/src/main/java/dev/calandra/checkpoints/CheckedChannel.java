package dev.calandra.checkpoints;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.zip.CRC32C;

/** Passes bytes on, whole buffers at a time, and knows their number and CRC32C. Closing it does not close the channel below. */
final class CheckedChannel implements WritableByteChannel {
    private final WritableByteChannel target;
    private final CRC32C crc = new CRC32C();
    private long length;

    CheckedChannel(WritableByteChannel target) {
        this.target = target;
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        int count = source.remaining();
        crc.update(source.duplicate());
        while (source.hasRemaining()) {
            target.write(source);
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
