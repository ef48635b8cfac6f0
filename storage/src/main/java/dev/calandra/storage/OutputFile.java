package dev.calandra.storage;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.WritableByteChannel;

/** A file being written, front to back, by one writer. Closing without {@link #sync} promises nothing about durability. */
public interface OutputFile extends WritableByteChannel {

    /** Writes all remaining bytes of the buffer and returns their number. */
    @Override
    int write(ByteBuffer source) throws IOException;

    /** Returns once everything written so far, and the file's length, would survive a loss of power. */
    void sync() throws IOException;
}
