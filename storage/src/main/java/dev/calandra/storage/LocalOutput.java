package dev.calandra.storage;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * A file on local disk that is being written. What a large file has so far goes to the disk while more is written, so that little is left for
 * {@link #sync} to wait for: the operating system alone would begin only when it is told to, or short of memory.
 */
final class LocalOutput implements OutputFile {
    /** The disk is set to work each time so many bytes have come. */
    private static final int FLUSHED_BYTES = 32 << 20;

    private final FileChannel channel;
    private FutureTask<Void> flush;
    private long unflushed;

    LocalOutput(FileChannel channel) {
        this.channel = channel;
    }

    @Override
    public int write(ByteBuffer source) throws IOException {
        int limit = source.limit();
        int length = source.remaining();
        while (source.position() < limit) {
            unflushed += channel.write(source.limit(LocalStorage.chunkEnd(source, limit)));
            if (unflushed >= FLUSHED_BYTES) {
                beginFlush();
            }
        }
        source.limit(limit);
        return length;
    }

    private void beginFlush() throws IOException {
        if (flush != null && !flush.isDone()) {
            return;
        }
        // The system reports a write that it has lost once, perhaps to a flush: no later one may take its place.
        awaitFlush();
        unflushed = 0;
        flush = new FutureTask<>(() -> {
            channel.force(false);
            return null;
        });
        Thread.ofPlatform().daemon().name("flush").start(flush);
    }

    @Override
    public void sync() throws IOException {
        awaitFlush();
        channel.force(true);
    }

    /** @throws IOException what went wrong in it */
    private void awaitFlush() throws IOException {
        if (flush == null) {
            return;
        }
        try {
            flush.get();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while the file went to the disk");
        } catch (ExecutionException e) {
            throw new IOException(e.getCause().getMessage(), e.getCause());
        }
    }

    @Override
    public boolean isOpen() {
        return channel.isOpen();
    }

    /** Closing promises nothing, so a flush that failed, or that this cuts off, is no news. */
    @Override
    public void close() throws IOException {
        channel.close();
    }
}
