package dev.calandra.checkpoints;

import dev.calandra.configs.CheckpointException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs saves one at a time, beside the training or in its place, and decides what a failed one means: it is logged and counted, and training
 * goes on with the older steps; so many failures in a row end it. A save that another trainer's claim has fenced ends it at once, and so does
 * a bug.
 *
 * <p>Used by the one thread that trains; outcomes and failures reach it when it calls the next method of this class, never another thread.
 */
public final class BackgroundSaves implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(BackgroundSaves.class);
    private static final double SECONDS_PER_NANO = 1e-9;

    private static final Duration REPORT_EVERY = Duration.ofSeconds(15);

    private final int failuresAllowed;
    private final LongSupplier nanoTime;
    private final Duration reportEvery;
    private final ExecutorService writer = Executors.newSingleThreadExecutor(task -> {
        Thread thread = new Thread(task, "checkpoint-writer");
        thread.setDaemon(true);
        return thread;
    });
    private final List<SaveOutcome> outcomes = new ArrayList<>();
    private Optional<Running> running = Optional.empty();
    private int failuresInARow;

    private record Running(long step, Future<SaveOutcome> save) {}

    /**
     * @param failuresAllowed failures in a row that end the training, at least 1
     * @param nanoTime clock of the measured times
     */
    public BackgroundSaves(int failuresAllowed, LongSupplier nanoTime) {
        this(failuresAllowed, nanoTime, REPORT_EVERY);
    }

    /** @param reportEvery how often a wait for a save is told of */
    BackgroundSaves(int failuresAllowed, LongSupplier nanoTime, Duration reportEvery) {
        if (failuresAllowed < 1) {
            throw new IllegalArgumentException("failuresAllowed is " + failuresAllowed + "; allow at least 1");
        }
        this.failuresAllowed = failuresAllowed;
        this.nanoTime = nanoTime;
        this.reportEvery = reportEvery;
    }

    /**
     * Begins a save and returns while it is written. One that is still running is waited for first, so that memory for one is enough: call
     * {@link #await} before overwriting what it reads.
     *
     * @param save writes the step, and returns the bytes of its files
     * @throws CheckpointException as {@link #await}
     */
    public void start(long step, LongSupplier save) {
        await();
        running = Optional.of(new Running(step, writer.submit(() -> outcome(step, save))));
    }

    /**
     * Saves now, and returns when the step is durable or the failure counted.
     *
     * @throws CheckpointException as {@link #await}
     */
    public void run(long step, LongSupplier save) {
        await();
        settle(outcome(step, save));
    }

    /**
     * The save that a process ends with: there is no later one to make up for it.
     *
     * @throws CheckpointException when it failed
     */
    public void runLast(long step, LongSupplier save) {
        await();
        SaveOutcome outcome = outcome(step, save);
        outcomes.add(outcome);
        outcome.failure().ifPresent(failure -> {
            throw failure;
        });
    }

    private SaveOutcome outcome(long step, LongSupplier save) {
        long start = nanoTime.getAsLong();
        try {
            long bytes = save.getAsLong();
            return new SaveOutcome(step, bytes, seconds(start), Optional.empty());
        } catch (OutOfMemoryError e) {
            CheckpointException failure = new CheckpointException(
                    "step " + step + " could not be saved: out of memory (" + e.getMessage()
                            + "); give the JVM more, or set run.save to sync",
                    e);
            return new SaveOutcome(step, 0, seconds(start), Optional.of(failure));
        } catch (RuntimeException e) {
            return new SaveOutcome(step, 0, seconds(start), Optional.of(e));
        }
    }

    private double seconds(long start) {
        return (nanoTime.getAsLong() - start) * SECONDS_PER_NANO;
    }

    /**
     * Waits for the save that is running, if there is one.
     *
     * @throws SupersededException when another trainer has claimed the run
     * @throws CheckpointException when it was one failure too many in a row
     */
    public void await() {
        if (running.isPresent()) {
            SaveOutcome outcome = result(running.get());
            running = Optional.empty();
            settle(outcome);
        }
    }

    private SaveOutcome result(Running running) {
        try {
            for (long reports = 1; ; reports++) {
                try {
                    return running.save().get(reportEvery.toNanos(), TimeUnit.NANOSECONDS);
                } catch (TimeoutException e) {
                    LOG.warn(
                            "Training waits for the save of step {} to be written, for {} s so far; a second signal ends the process at once, with the steps before it intact",
                            running.step(),
                            reportEvery.multipliedBy(reports).toSeconds());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CheckpointException("interrupted while a save was running; resume from the newest checkpoint", e);
        } catch (ExecutionException e) {
            throw new IllegalStateException("the checkpoint writer failed: " + e.getCause(), e.getCause());
        }
    }

    private void settle(SaveOutcome outcome) {
        outcomes.add(outcome);
        if (outcome.failure().isEmpty()) {
            failuresInARow = 0;
            return;
        }
        RuntimeException failure = outcome.failure().get();
        if (failure instanceof SupersededException || !(failure instanceof CheckpointException)) {
            throw failure;
        }
        failuresInARow++;
        LOG.error(
                "Save {} in a row that failed, of {} that end the run: {}",
                failuresInARow,
                failuresAllowed,
                failure.getMessage());
        if (failuresInARow >= failuresAllowed) {
            throw new CheckpointException(
                    "%d saves in a row failed, so training ends (run.save_failures); the last: %s"
                            .formatted(failuresInARow, failure.getMessage()),
                    failure);
        }
    }

    /**
     * How the saves ended that have ended since the last call; waits for nothing.
     *
     * @throws CheckpointException as {@link #await}
     */
    public List<SaveOutcome> finished() {
        if (running.map(now -> now.save().isDone()).orElse(false)) {
            await();
        }
        List<SaveOutcome> finished = List.copyOf(outcomes);
        outcomes.clear();
        return finished;
    }

    /** Lets a save that is running come to its end; that it failed is logged. */
    @Override
    public void close() {
        try (writer) {
            running.map(this::result)
                    .flatMap(SaveOutcome::failure)
                    .ifPresent(failure -> LOG.error("The last save failed: {}", failure.getMessage()));
            running = Optional.empty();
        }
    }
}
