package dev.calandra.data.shards;

import dev.calandra.storage.OutputFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.zip.CRC32C;

/**
 * Passes bytes on to a file and keeps their number and checksums: one of all bytes, and one of the record batch under way or else of the frame,
 * which is all that lies outside record batches.
 */
final class ChecksummedFile implements WritableByteChannel {
    private final OutputFile file;
    private final CRC32C all = new CRC32C();
    private final CRC32C frame = new CRC32C();
    private final CRC32C batch = new CRC32C();
    private boolean inBatch;
    private long length;

    ChecksummedFile(OutputFile file) {
        this.file = file;
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        all.update(source.duplicate());
        (inBatch ? batch : frame).update(source.duplicate());
        int written = source.remaining();
        while (source.hasRemaining()) {
            file.write(source);
        }
        length += written;
        return written;
    }

    /** What follows is a record batch, until {@link #endBatch}. */
    void beginBatch() {
        batch.reset();
        inBatch = true;
    }

    /** Ends a record batch and returns its CRC-32C. */
    int endBatch() {
        inBatch = false;
        return (int) batch.getValue();
    }

    long length() {
        return length;
    }

    int crc32c() {
        return (int) all.getValue();
    }

    int frameCrc32c() {
        return (int) frame.getValue();
    }

    void sync() throws IOException {
        file.sync();
    }

    @Override
    public boolean isOpen() {
        return file.isOpen();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
