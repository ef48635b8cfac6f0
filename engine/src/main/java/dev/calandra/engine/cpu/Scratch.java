package dev.calandra.engine.cpu;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Working memory of the kernels: for each worker, and once for the whole team, a few numbered buffers that grow to the
 * largest size asked for. Contents do not survive the next request of the same buffer.
 */
final class Scratch implements AutoCloseable {

    private static final int SLOTS = 6;
    private static final int ALIGNMENT = 64;

    private final Buffer[][] perWorker;
    private final Buffer[] shared = buffers();

    Scratch(int workers) {
        perWorker = new Buffer[workers][];
        for (int i = 0; i < workers; i++) {
            perWorker[i] = buffers();
        }
    }

    private static Buffer[] buffers() {
        Buffer[] buffers = new Buffer[SLOTS];
        for (int i = 0; i < SLOTS; i++) {
            buffers[i] = new Buffer();
        }
        return buffers;
    }

    /** Address of room for so many floats, the worker's own. */
    long floats(int worker, int slot, long count) {
        return perWorker[worker][slot].address(count * Float.BYTES);
    }

    /** Address of room for so many floats, common to the team; ask before the tasks start. */
    long sharedFloats(int slot, long count) {
        return shared[slot].address(count * Float.BYTES);
    }

    @Override
    public void close() {
        for (Buffer[] buffers : perWorker) {
            for (Buffer buffer : buffers) {
                buffer.release();
            }
        }
        for (Buffer buffer : shared) {
            buffer.release();
        }
    }

    private static final class Buffer {
        private Arena arena;
        private MemorySegment memory = MemorySegment.NULL;

        private long address(long bytes) {
            if (memory.byteSize() < bytes) {
                release();
                arena = Arena.ofShared();
                memory = arena.allocate(bytes + bytes / 8, ALIGNMENT);
            }
            return memory.address();
        }

        private void release() {
            if (arena != null) {
                arena.close();
                arena = null;
                memory = MemorySegment.NULL;
            }
        }
    }
}
