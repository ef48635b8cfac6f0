package dev.calandra.data.documents;

import dev.calandra.storage.InputFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Passes reads on and adds up their bytes, for whoever shows the progress.
 *
 * @param file to read
 * @param bytesRead the sum
 */
record CountedFile(InputFile file, AtomicLong bytesRead) implements InputFile {
    @Override
    public long length() {
        return file.length();
    }

    @Override
    public void readFully(long position, ByteBuffer target) throws IOException {
        int bytes = target.remaining();
        file.readFully(position, target);
        bytesRead.addAndGet(bytes);
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
