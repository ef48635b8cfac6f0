package dev.calandra.trainer.run;

import dev.calandra.checkpoints.Checkpoint;
import dev.calandra.checkpoints.CheckpointStore;
import dev.calandra.configs.CheckpointException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
     * @param now what this process was made from; its training state is not looked at
     */
    public RunCheckpoints(CheckpointStore store, TensorInventory tensors, CheckpointState now) {
        this.store = store;
        this.tensors = tensors;
        this.now = now;
    }

    /**
     * Loads the newest valid checkpoint into the tensors.
     *
     * @return where training goes on; the start when there is no checkpoint
     * @throws CheckpointException if it belongs to another model, config or data: what differs and what to do; nothing is
     *     loaded then
     */
    public TrainingState restore(ResumeRules rules, boolean acceptDataChange) {
        Optional<Checkpoint> newest = store.newestValid();
        if (newest.isEmpty()) {
            return TrainingState.START;
        }
        try (Checkpoint checkpoint = newest.get()) {
            CheckpointState then = CheckpointState.fromMap(checkpoint.state());
            List<String> changes = rules.check(checkpoint.location(), then.config(), now.config());
            requireData(checkpoint.location(), then.sources(), acceptDataChange);
            tensors.restore(checkpoint);
            changes.forEach(change -> LOG.info("Resuming with another {}", change));
            LOG.info("Resuming from {}", checkpoint.location());
            return then.training();
        }
    }

    /** Saves; returns when the checkpoint is durable. */
    public void save(TrainingState training) {
        CheckpointState state =
                new CheckpointState(training, now.config(), now.configYaml(), now.sources(), now.environment());
        store.save(training.step(), tensors.sources(), state.toMap());
        LOG.debug("Saved step {}", training.step());
    }

    private void requireData(String location, Map<String, String> then, boolean acceptDataChange) {
        if (then.equals(now.sources())) {
            return;
        }
        String message = "the shards of "
                + String.join(
                        ", ",
                        now.sources().keySet().stream()
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
