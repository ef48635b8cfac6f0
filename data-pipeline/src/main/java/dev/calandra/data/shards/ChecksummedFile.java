package dev.calandra.data.shards;

import dev.calandra.storage.OutputFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;
import java.util.zip.CRC32C;

/** Passes bytes on to a file and keeps their number and CRC-32C. */
final class ChecksummedFile implements WritableByteChannel {
    private final OutputFile file;
    private final CRC32C crc = new CRC32C();
    private long length;

    ChecksummedFile(OutputFile file) {
        this.file = file;
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        crc.update(source.duplicate());
        int written = source.remaining();
        while (source.hasRemaining()) {
            file.write(source);
        }
        length += written;
        return written;
    }

    long length() {
        return length;
    }

    int crc32c() {
        return (int) crc.getValue();
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
