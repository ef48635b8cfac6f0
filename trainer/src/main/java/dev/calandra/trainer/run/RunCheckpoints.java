package dev.calandra.trainer.run;

import dev.calandra.checkpoints.BackgroundSaves;
import dev.calandra.checkpoints.Checkpoint;
import dev.calandra.checkpoints.SaveOutcome;
import dev.calandra.checkpoints.TensorSource;
import dev.calandra.configs.CheckpointException;
import dev.calandra.configs.RunConfig;
import dev.calandra.configs.RunConfig.SaveMode;
import dev.calandra.engine.TensorMemory;
import dev.calandra.trainer.metrics.SaveTimes;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Saves a run and brings it back: its tensors, where it stands, and what it was made from.
 *
 * <p>An asynchronous save copies the tensors and writes the copy while training goes on. The memory of the copy is taken at the first of them
 * and kept; where there is not enough, saves are synchronous from then on. A save that finds another still running waits for it.
 */
public final class RunCheckpoints implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(RunCheckpoints.class);
    private static final double SECONDS_PER_NANO = 1e-9;

    private final RankStore store;
    private final TensorInventory tensors;
    private final CheckpointState now;
    private final TensorMemory memory;
    private final LongSupplier nanoTime;
    private final BackgroundSaves saves;
    private SaveMode mode;
    private Optional<TensorSnapshot> snapshot = Optional.empty();
    private OptionalDouble stall = OptionalDouble.empty();
    private OptionalDouble largestStall = OptionalDouble.empty();

    /**
     * @param store as this rank reaches it
     * @param tensors of this rank
     * @param now what this process was made from; its training state, data and evaluation are not looked at
     * @param memory for copies of the tensors
     * @param config how to save, and how many failures in a row end the run
     * @param nanoTime clock of the measured times
     */
    public RunCheckpoints(
            RankStore store,
            TensorInventory tensors,
            CheckpointState now,
            TensorMemory memory,
            RunConfig config,
            LongSupplier nanoTime) {
        this.store = store;
        this.tensors = tensors;
        this.now = now;
        this.memory = memory;
        this.nanoTime = nanoTime;
        this.mode = config.save();
        this.saves = new BackgroundSaves(config.saveFailures(), nanoTime);
    }

    /**
     * Loads a checkpoint into the tensors.
     *
     * @param fromStep this step and no other, with newer ones set aside; empty = the newest valid one
     * @return where training goes on; empty when there is no checkpoint
     * @throws CheckpointException if it belongs to another model, config or data: what differs and what to do; or if what this run
     *     saves could have no manifest. Nothing is loaded then
     */
    public Optional<CheckpointState> restore(ResumeRules rules, boolean acceptDataChange, OptionalLong fromStep) {
        store.requireSavable(tensors.sources(), now.toMap());
        Optional<Checkpoint> newest = store.find(fromStep);
        if (newest.isEmpty()) {
            store.agree(newest);
            return Optional.empty();
        }
        try (Checkpoint checkpoint = newest.get()) {
            CheckpointState then = CheckpointState.fromMap(checkpoint.state());
            List<String> changes =
                    rules.check(checkpoint.location(), then.inForce(checkpoint.location()), now.config());
            requireTokenizer(checkpoint.location(), then.tokenizer());
            requireData(checkpoint.location(), then.sources(), acceptDataChange);
            store.agree(newest);
            tensors.restore(checkpoint);
            changes.forEach(change -> LOG.info("Resuming with another {}", change));
            if (fromStep.isPresent()) {
                store.goBackTo(fromStep.getAsLong());
            }
            LOG.info("Resuming from {}", checkpoint.location());
            return Optional.of(then);
        }
    }

    /**
     * Saves; training may go on when this returns.
     *
     * @param savepoint is asked for once, and what it takes to answer counts as standing still
     * @throws CheckpointException when too many saves in a row have failed, or another trainer has claimed the run
     */
    public void save(Supplier<Savepoint> savepoint) {
        long start = nanoTime.getAsLong();
        Savepoint what = savepoint.get();
        long step = what.training().step();
        saves.await();
        Optional<CheckpointException> metricsFailure = syncMetrics(what);
        Optional<TensorSnapshot> copy =
                mode == SaveMode.ASYNC && metricsFailure.isEmpty() ? snapshot() : Optional.empty();
        if (copy.isPresent()) {
            copy.get().take();
            List<TensorSource> sources = copy.get().sources();
            Map<String, Object> state = state(what);
            saves.start(step, () -> store.save(step, sources, state));
        } else {
            saves.run(step, () -> saveOrAbandon(what, metricsFailure));
        }
        double seconds = (nanoTime.getAsLong() - start) * SECONDS_PER_NANO;
        stall = OptionalDouble.of(seconds);
        largestStall = OptionalDouble.of(Math.max(seconds, largestStall.orElse(0)));
    }

    /**
     * Saves at the end of a process; returns when the checkpoint is durable.
     *
     * @throws CheckpointException when it could not be saved
     */
    public void saveLast(Savepoint savepoint) {
        saves.await();
        Optional<CheckpointException> metricsFailure = syncMetrics(savepoint);
        saves.runLast(savepoint.training().step(), () -> saveOrAbandon(savepoint, metricsFailure));
    }

    /** A failure is this save's: it must reach the other ranks, which wait for rank 0 to begin. */
    private static Optional<CheckpointException> syncMetrics(Savepoint savepoint) {
        try {
            savepoint.metrics().ifPresent(MetricsLog::sync);
            return Optional.empty();
        } catch (CheckpointException e) {
            return Optional.of(e);
        }
    }

    private long saveOrAbandon(Savepoint savepoint, Optional<CheckpointException> metricsFailure) {
        if (metricsFailure.isPresent()) {
            store.abandon(metricsFailure.get());
            throw metricsFailure.get();
        }
        return store.save(savepoint.training().step(), tensors.sources(), state(savepoint));
    }

    private Map<String, Object> state(Savepoint savepoint) {
        return now.at(savepoint.training(), savepoint.data(), savepoint.evaluation())
                .toMap();
    }

    /** The longest that training has stood still for a save in this process; empty when there was none. */
    public OptionalDouble largestStall() {
        return largestStall;
    }

    private Optional<TensorSnapshot> snapshot() {
        if (snapshot.isEmpty()) {
            try {
                snapshot = Optional.of(tensors.newSnapshot(memory));
            } catch (OutOfMemoryError e) {
                LOG.warn(
                        "No memory for a copy of the weights and moments ({}): training waits for each save from now on, as with run.save: sync",
                        e.getMessage());
                mode = SaveMode.SYNC;
            }
        }
        return snapshot;
    }

    /**
     * What has happened since the last call, for the record of a step.
     *
     * @throws CheckpointException as {@link #save}
     */
    public SaveTimes times() {
        List<SaveOutcome> finished = saves.finished();
        Optional<SaveOutcome> saved =
                finished.stream().filter(outcome -> outcome.failure().isEmpty()).reduce((earlier, later) -> later);
        SaveTimes times = new SaveTimes(
                stall,
                saved.map(outcome -> OptionalLong.of(outcome.step())).orElse(OptionalLong.empty()),
                saved.map(SaveOutcome::bytes).orElse(0L),
                saved.map(SaveOutcome::seconds).orElse(0.0),
                (int) finished.stream()
                        .filter(outcome -> outcome.failure().isPresent())
                        .count());
        stall = OptionalDouble.empty();
        return times;
    }

    /** Waits for a save that is running. */
    @Override
    public void close() {
        saves.close();
        snapshot.ifPresent(TensorSnapshot::close);
    }

    /** Another tokenizer means other words by the same ids, which no flag can make right. */
    private void requireTokenizer(String location, String then) {
        if (!then.isEmpty() && !then.equals(now.tokenizer())) {
            throw new CheckpointException(location + ": trained with another tokenizer (SHA-256 " + then + ", now "
                    + now.tokenizer()
                    + "); restore data.tokenizer, or set run.directory to a new folder");
        }
    }

    /** A source that was added or removed is a change of the config; one that is in both must have the same shards. */
    private void requireData(String location, Map<String, String> then, boolean acceptDataChange) {
        if (now.sources().entrySet().stream()
                .allMatch(source -> source.getValue().equals(then.getOrDefault(source.getKey(), source.getValue())))) {
            return;
        }
        String message = "the shards of "
                + String.join(
                        ", ",
                        now.sources().keySet().stream()
                                .filter(then::containsKey)
                                .filter(source -> !now.sources().get(source).equals(then.get(source)))
                                .sorted()
                                .toList())
                + " are not those that this run was trained on";
        if (!acceptDataChange) {
            throw new CheckpointException(
                    location + ": " + message + "; restore them, or go on with the new ones (--accept-data-change)");
        }
        LOG.warn("{}; going on with the new ones, as allowed", message);
    }
}
