package dev.calandra.data.documents;

import dev.calandra.storage.InputFile;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;

/** A file as a stream, read in large pieces. Closing it closes the file. */
final class SequentialStream extends InputStream {
    private static final int BUFFER = 1 << 20;

    private final InputFile file;
    private final ByteBuffer buffer;
    private long position;

    SequentialStream(InputFile file) {
        this.file = file;
        this.buffer = ByteBuffer.allocate((int) Math.min(BUFFER, Math.max(1, file.length())))
                .limit(0);
    }

    @Override
    public int read() throws IOException {
        return fill() ? buffer.get() & 0xFF : -1;
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
        if (length == 0) {
            return 0;
        }
        if (!fill()) {
            return -1;
        }
        int count = Math.min(length, buffer.remaining());
        buffer.get(target, offset, count);
        return count;
    }

    @Override
    public int available() {
        return buffer.remaining();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    private boolean fill() throws IOException {
        if (buffer.hasRemaining()) {
            return true;
        }
        long left = file.length() - position;
        if (left == 0) {
            return false;
        }
        buffer.clear().limit((int) Math.min(buffer.capacity(), left));
        file.readFully(position, buffer);
        position += buffer.flip().limit();
        return true;
    }
}
