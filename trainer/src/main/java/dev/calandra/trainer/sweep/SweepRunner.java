package dev.calandra.trainer.sweep;

import dev.calandra.configs.CalandraException;
import dev.calandra.configs.EarlyStopConfig;
import dev.calandra.configs.ExitCode;
import dev.calandra.configs.NumericsException;
import dev.calandra.laws.records.RunRecord;
import dev.calandra.laws.records.RunStatus;
import dev.calandra.storage.StorageLocation;
import dev.calandra.storage.Storages;
import dev.calandra.trainer.Surroundings;
import dev.calandra.trainer.TrainingOptions;
import dev.calandra.trainer.TrainingRun;
import dev.calandra.trainer.metrics.StepRecord;
import dev.calandra.trainer.run.StopRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.SequencedMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/**
 * Trains the runs of a sweep side by side, each a normal run in its own folder on threads of its own, and records each as it ends.
 * Runs that have a record are not repeated; one that was under way goes on from its newest checkpoint. A run that fails is recorded so and
 * keeps its checkpoints, and the others go on; the next time the sweep is started it is tried again. How many run at a time changes no bit
 * of any of them.
 */
public final class SweepRunner {
    private static final String RUNS = "runs.jsonl";

    private final Path directory;
    private final List<SweepRun> runs;
    private final EarlyStop earlyStop;
    private final SweepListener listener;
    private final StopRequest stop;
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final SequencedMap<String, Exception> failed = new LinkedHashMap<>();

    /**
     * @param directory of runs and records; created where missing
     * @param runs in the order in which they are begun
     * @param stop asks all runs to save and the sweep to end
     */
    public SweepRunner(
            Path directory,
            List<SweepRun> runs,
            Optional<EarlyStopConfig> earlyStop,
            SweepListener listener,
            StopRequest stop) {
        this.directory = directory;
        this.runs = List.copyOf(runs);
        this.earlyStop = new EarlyStop(earlyStop);
        this.listener = listener;
        this.stop = stop;
    }

    /** Where a sweep's records are. */
    public static Path recordsIn(Path directory) {
        return directory.resolve(RUNS);
    }

    /**
     * Trains what has no record yet.
     *
     * @param sideBySide runs at a time, at least 1
     * @return OK when every run has come to an end, STOPPED when the same command has to go on, else what the first run that failed did
     */
    public ExitCode train(int sideBySide) {
        try {
            Files.createDirectories(directory);
            try (RunLog log = RunLog.open(recordsIn(directory))) {
                return train(log, sideBySide);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private ExitCode train(RunLog log, int sideBySide) throws IOException {
        for (SweepRun run : runs) {
            if (log.contains(run.name())) {
                removeCheckpoints(run);
                compareLaterRunsWith(run, log.record(run.name()));
            }
        }
        Queue<SweepRun> waiting = new ConcurrentLinkedQueue<>(
                runs.stream().filter(run -> !log.contains(run.name())).toList());
        List<Thread> workers = new ArrayList<>();
        for (int i = 0; i < sideBySide; i++) {
            workers.add(Thread.ofPlatform().name("sweep-" + i).start(() -> work(waiting, log)));
        }
        join(workers);
        switch (failure.get()) {
            case null -> {}
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case IOException e -> throw e;
            case Throwable e -> throw new IllegalStateException(e);
        }
        SequencedMap<String, Exception> lost = failed();
        boolean all = runs.stream().allMatch(run -> log.contains(run.name()) || lost.containsKey(run.name()));
        if (!all) {
            return ExitCode.STOPPED;
        }
        return lost.isEmpty() ? ExitCode.OK : exitCode(lost.firstEntry().getValue());
    }

    private static ExitCode exitCode(Exception failure) {
        return switch (failure) {
            case CalandraException known -> known.exitCode();
            case IOException io -> ExitCode.DATA;
            case UncheckedIOException io -> ExitCode.DATA;
            default -> ExitCode.INTERNAL;
        };
    }

    /** The runs that have failed in {@link #train}, with what was thrown, in the order of their failing. */
    public SequencedMap<String, Exception> failed() {
        synchronized (failed) {
            return new LinkedHashMap<>(failed);
        }
    }

    private void join(List<Thread> workers) {
        for (Thread worker : workers) {
            try {
                worker.join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                stop.request("interrupted");
                throw new IllegalStateException("interrupted while runs are under way", e);
            }
        }
    }

    private void work(Queue<SweepRun> waiting, RunLog log) {
        try {
            for (SweepRun run = waiting.poll(); run != null && !stopping(); run = waiting.poll()) {
                Optional<RunRecord> record = trainOrFail(run);
                if (record.isPresent()) {
                    log.append(record.get());
                    if (record.get().status() != RunStatus.FAILED) {
                        removeCheckpoints(run);
                    }
                    listener.ended(run, record.get());
                } else {
                    listener.paused(run);
                }
            }
        } catch (IOException | RuntimeException | Error e) {
            failure.compareAndSet(null, e);
        }
    }

    private boolean stopping() {
        return stop.requested() || failure.get() != null;
    }

    /** What is wrong with one run is no reason to keep the others from training. */
    private Optional<RunRecord> trainOrFail(SweepRun run) throws IOException {
        try {
            return train(run);
        } catch (IOException | RuntimeException e) {
            synchronized (failed) {
                failed.put(run.name(), e);
            }
            String reason = e instanceof CalandraException ? e.getMessage() : e.toString();
            return Optional.of(new RunEnd(run).failed(reason));
        }
    }

    /** Trains one run; empty if it was asked to stop before its end. */
    private Optional<RunRecord> train(SweepRun run) throws IOException {
        LossCurve curve = new LossCurve(run.config().config().run().steps());
        StopRequest own = new StopRequest();
        AtomicReference<String> hopeless = new AtomicReference<>();
        Surroundings surroundings =
                new Surroundings(System::nanoTime, line -> {}, step -> watch(run, curve, step, own, hopeless), own);
        RunEnd end = new RunEnd(run);
        try (TrainingRun training = TrainingRun.open(run.config(), TrainingOptions.NONE, surroundings)) {
            if (training.train() != ExitCode.OK) {
                return hopeless.get() == null
                        ? Optional.empty()
                        : Optional.of(end.givenUp(training.step(), hopeless.get()));
            }
        } catch (NumericsException e) {
            return Optional.of(end.diverged(e.getMessage()));
        }
        RunRecord record = end.finished();
        compareLaterRunsWith(run, record);
        return Optional.of(record);
    }

    /** Only runs that came to a good end are a yardstick: one that has diverged may have led before. */
    private void compareLaterRunsWith(SweepRun run, RunRecord record) throws IOException {
        if (record.status() == RunStatus.FINISHED) {
            earlier(run).ifPresent(curve -> earlyStop.finished(run, curve));
        }
    }

    private void watch(
            SweepRun run, LossCurve curve, StepRecord step, StopRequest own, AtomicReference<String> hopeless) {
        curve.add(step.step(), step.loss());
        earlyStop.verdict(run, curve, step.step()).ifPresent(why -> {
            hopeless.set(why);
            own.request(why);
        });
        if (stopping()) {
            own.request("the sweep stops");
        }
        listener.step(run, step);
    }

    /** The whole curve of a run that has finished, from its own metrics. */
    private static Optional<LossCurve> earlier(SweepRun run) throws IOException {
        return new RunEnd(run).curve();
    }

    /** Metrics and config of an ended run stay; its weights are of no more use. */
    private static void removeCheckpoints(SweepRun run) throws IOException {
        if (!Files.isDirectory(run.folder())) {
            return;
        }
        List<Path> checkpoints;
        try (Stream<Path> entries = Files.list(run.folder())) {
            checkpoints = entries.filter(entry -> entry.getFileName().toString().matches("step-.*|LATEST"))
                    .toList();
        }
        try (StorageLocation place = Storages.open(run.folder().toString())) {
            for (Path checkpoint : checkpoints) {
                place.storage().delete(checkpoint.toAbsolutePath().toString());
            }
        }
    }
}
