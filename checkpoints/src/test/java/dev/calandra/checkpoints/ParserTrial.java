package dev.calandra.checkpoints;

import com.sun.management.ThreadMXBean;
import dev.calandra.configs.CalandraException;
import dev.calandra.storage.InputFile;
import java.io.EOFException;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;

/**
 * Gives hostile bytes to a parser, and fails when it does anything but read or refuse them: another exception than the typed ones, or memory
 * out of proportion to the input.
 */
final class ParserTrial {
    /** What a parser may take whatever the input, and for each byte of it: a header of n bytes becomes text, tokens, maps. */
    private static final long FIXED_BYTES = 8 << 20;

    private static final long BYTES_PER_BYTE = 200;

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private int accepted;

    /** What is tried. */
    @FunctionalInterface
    interface Parsing {
        void run() throws IOException;
    }

    /** @return whether the input was accepted */
    boolean accepts(int inputBytes, Parsing parsing) {
        long before = threads.getCurrentThreadAllocatedBytes();
        boolean acceptedNow;
        try {
            parsing.run();
            acceptedNow = true;
        } catch (CalandraException e) {
            if (e.getMessage().contains("\n")) {
                throw new AssertionError("a message of several lines: " + e.getMessage(), e);
            }
            acceptedNow = false;
        } catch (IOException e) {
            throw new AssertionError("not typed", e);
        }
        long allocated = threads.getCurrentThreadAllocatedBytes() - before;
        // Loading and instrumenting classes is charged to the thread that first needs them.
        if (accepted > 1 && allocated > FIXED_BYTES + BYTES_PER_BYTE * inputBytes) {
            throw new AssertionError(allocated + " bytes were allocated for an input of " + inputBytes);
        }
        accepted += acceptedNow ? 1 : 0;
        return acceptedNow;
    }

    /** A file that is bytes in memory. */
    record Bytes(byte[] bytes) implements InputFile {
        @Override
        public long length() {
            return bytes.length;
        }

        @Override
        public void readFully(long position, ByteBuffer target) throws IOException {
            if (position > bytes.length - target.remaining()) {
                throw new EOFException();
            }
            target.put(bytes, (int) position, target.remaining());
        }

        @Override
        public void close() {}
    }
}
