package dev.calandra.trainer.run;

import dev.calandra.checkpoints.Checkpoint;
import dev.calandra.checkpoints.CheckpointStore;
import dev.calandra.configs.CheckpointException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Saves a run and brings it back: its tensors, where it stands, and what it was made from. */
public final class RunCheckpoints {

    private static final Logger LOG = LoggerFactory.getLogger(RunCheckpoints.class);

    private final CheckpointStore store;
    private final TensorInventory tensors;
    private final CheckpointState now;

    /**
     * @param tensors of this process
     * @param now what this process was made from; its training state and data are not looked at
     */
    public RunCheckpoints(CheckpointStore store, TensorInventory tensors, CheckpointState now) {
        this.store = store;
        this.tensors = tensors;
        this.now = now;
    }

    /**
     * Loads a checkpoint into the tensors.
     *
     * @param fromStep this step and no other, with newer ones set aside; empty = the newest valid one
     * @return where training goes on; empty when there is no checkpoint
     * @throws CheckpointException if it belongs to another model, config or data: what differs and what to do; nothing is
     *     loaded then
     */
    public Optional<CheckpointState> restore(ResumeRules rules, boolean acceptDataChange, OptionalLong fromStep) {
        Optional<Checkpoint> newest =
                fromStep.isPresent() ? Optional.of(store.open(fromStep.getAsLong())) : store.newestValid();
        if (newest.isEmpty()) {
            return Optional.empty();
        }
        try (Checkpoint checkpoint = newest.get()) {
            CheckpointState then = CheckpointState.fromMap(checkpoint.state());
            List<String> changes = rules.check(checkpoint.location(), then.config(), now.config());
            requireData(checkpoint.location(), then.sources(), acceptDataChange);
            tensors.restore(checkpoint);
            changes.forEach(change -> LOG.info("Resuming with another {}", change));
            if (fromStep.isPresent()) {
                store.goBackTo(fromStep.getAsLong());
            }
            LOG.info("Resuming from {}", checkpoint.location());
            return Optional.of(then);
        }
    }

    /** Saves; returns when the checkpoint is durable. */
    public void save(TrainingState training, ConsumedData data) {
        CheckpointState state =
                new CheckpointState(training, data, now.config(), now.configYaml(), now.sources(), now.environment());
        store.save(training.step(), tensors.sources(), state.toMap());
        LOG.debug("Saved step {}", training.step());
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
