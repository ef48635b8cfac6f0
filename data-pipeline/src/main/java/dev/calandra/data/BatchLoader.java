package dev.calandra.data;

import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;

/**
 * Batches of consecutive samples, read ahead by one thread. The number of the next sample is the whole state. Used by one thread.
 */
public final class BatchLoader implements AutoCloseable {
    private final SampleStream stream;
    private final int batchSize;
    private final BlockingQueue<Ahead> ready;
    private final Thread reader;
    private long nextSample;
    private volatile boolean closed;

    /** A batch, or why there is none. */
    private record Ahead(List<PackedSequence> batch, RuntimeException failure, Error error) {}

    /**
     * Starts reading.
     *
     * @param firstSample first sample of the first batch that will be asked for
     * @param ahead batches to hold ready, at least 1
     */
    public BatchLoader(SampleStream stream, int batchSize, long firstSample, int ahead) {
        if (batchSize < 1 || firstSample < 0) {
            throw new IllegalArgumentException("batch size %d, first sample %d".formatted(batchSize, firstSample));
        }
        this.stream = stream;
        this.batchSize = batchSize;
        this.nextSample = firstSample;
        this.ready = new ArrayBlockingQueue<>(ahead);
        this.reader = Thread.ofPlatform().name("batch-loader").daemon().start(() -> readAhead(firstSample));
    }

    /**
     * The next batch [batchSize]; waits for it if it is not ready.
     *
     * @param firstSample must follow the last sample of the batch before
     * @throws dev.calandra.configs.DataException when reading them failed; the loader then gives no more
     */
    public List<PackedSequence> next(long firstSample) {
        if (firstSample != nextSample) {
            throw new IllegalArgumentException(
                    "batch from sample %d asked for where %d follows".formatted(firstSample, nextSample));
        }
        Ahead ahead = take();
        if (ahead.error() != null) {
            throw new IllegalStateException("the batch loader failed: " + ahead.error(), ahead.error());
        }
        if (ahead.failure() != null) {
            throw ahead.failure();
        }
        nextSample += batchSize;
        return ahead.batch();
    }

    /** Stops reading and waits for the thread, so that the stream may be closed afterwards. */
    @Override
    public void close() {
        closed = true;
        reader.interrupt();
        boolean interrupted = false;
        while (reader.isAlive()) {
            try {
                reader.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private Ahead take() {
        try {
            Ahead ahead = null;
            while (ahead == null) {
                ahead = ready.poll(100, TimeUnit.MILLISECONDS);
                if (ahead == null && !reader.isAlive() && ready.isEmpty()) {
                    throw new IllegalStateException("the batch loader has stopped");
                }
            }
            return ahead;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while waiting for a batch", e);
        }
    }

    private void readAhead(long firstSample) {
        try {
            for (long first = firstSample; !closed; first = Math.addExact(first, batchSize)) {
                Ahead ahead = read(first);
                ready.put(ahead);
                if (ahead.batch() == null) {
                    return;
                }
            }
        } catch (InterruptedException e) {
            // Only close() interrupts this thread.
            Thread.currentThread().interrupt();
        }
    }

    private Ahead read(long first) {
        try {
            return new Ahead(
                    LongStream.range(first, first + batchSize)
                            .mapToObj(stream::sample)
                            .toList(),
                    null,
                    null);
        } catch (RuntimeException e) {
            return new Ahead(null, e, null);
        } catch (Error e) {
            return new Ahead(null, null, e);
        }
    }
}
