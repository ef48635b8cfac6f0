package dev.calandra.data;

import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;

/**
 * The sequences of each step, read ahead by one thread. Step n has the samples n × batchSize … (n + 1) × batchSize − 1, so the number of
 * the next step is the whole state. Used by one thread.
 */
public final class BatchLoader implements AutoCloseable {
    private final SampleStream stream;
    private final int batchSize;
    private final BlockingQueue<Ahead> ready;
    private final Thread reader;
    private long nextStep;
    private volatile boolean closed;

    /** A batch, or why there is none. */
    private record Ahead(List<PackedSequence> batch, RuntimeException failure, Error error) {}

    /**
     * Starts reading.
     *
     * @param firstStep the first step that will be asked for
     * @param ahead batches to hold ready, at least 1
     */
    public BatchLoader(SampleStream stream, int batchSize, long firstStep, int ahead) {
        if (batchSize < 1 || firstStep < 0) {
            throw new IllegalArgumentException("batch size %d, first step %d".formatted(batchSize, firstStep));
        }
        this.stream = stream;
        this.batchSize = batchSize;
        this.nextStep = firstStep;
        this.ready = new ArrayBlockingQueue<>(ahead);
        this.reader = Thread.ofPlatform().name("batch-loader").daemon().start(() -> readAhead(firstStep));
    }

    /**
     * The sequences of the next step [batchSize]; waits for them if they are not ready.
     *
     * @param step must follow the step asked for last
     * @throws dev.calandra.configs.DataException when reading them failed; the loader then gives no more
     */
    public List<PackedSequence> next(long step) {
        if (step != nextStep) {
            throw new IllegalArgumentException("step %d asked for after step %d".formatted(step, nextStep - 1));
        }
        Ahead ahead = take();
        if (ahead.error() != null) {
            throw new IllegalStateException("the batch loader failed: " + ahead.error(), ahead.error());
        }
        if (ahead.failure() != null) {
            throw ahead.failure();
        }
        nextStep++;
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

    private void readAhead(long firstStep) {
        try {
            for (long step = firstStep; !closed; step++) {
                Ahead ahead = read(step);
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

    private Ahead read(long step) {
        try {
            long first = Math.multiplyExact(step, batchSize);
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
