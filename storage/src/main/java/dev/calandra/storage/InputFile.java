package dev.calandra.storage;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A finished file, open for reads at any position, by several threads at once if they like. */
public interface InputFile extends Closeable {

    /** Length in bytes when it was opened. */
    long length();

    /**
     * Fills the remaining space of the buffer with the bytes at a position.
     *
     * @throws java.io.EOFException when the file ends before the buffer is full
     */
    void readFully(long position, ByteBuffer target) throws IOException;
}
