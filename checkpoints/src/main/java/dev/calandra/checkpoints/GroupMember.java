package dev.calandra.checkpoints;

import dev.calandra.configs.CheckpointException;
import dev.calandra.storage.Storage;
import java.io.IOException;
import java.util.List;

/**
 * A rank other than 0 of a group that saves together: it writes its own shard into the folder that rank 0 stages with
 * {@link CheckpointStore#save(long, List, java.util.Map, SaveGroup)}, and hears how the save ended. It claims nothing and commits nothing.
 *
 * @param storage the run's
 * @param group that rank 0 passes to its store
 */
public record GroupMember(Storage storage, SaveGroup group) {
    public GroupMember {
        if (group.rank() == 0) {
            throw new IllegalArgumentException("rank 0 saves through its CheckpointStore");
        }
    }

    /**
     * Takes part in one save; returns when it is committed.
     *
     * @param tensors what this rank holds
     * @throws CheckpointException when this or another rank failed; then nothing was committed, unless rank 0 says otherwise
     */
    public void save(List<TensorSource> tensors) {
        switch (SaveMessage.parse(group.broadcast(new byte[0]))) {
            case SaveMessage.Staged staged -> {
                group.gather(written(staged, tensors).toBytes());
                if (SaveMessage.parse(group.broadcast(new byte[0])) instanceof SaveMessage.Failed failed) {
                    throw new CheckpointException(failed.problem());
                }
            }
            case SaveMessage.Failed failed -> throw new CheckpointException(failed.problem());
            case SaveMessage other -> throw new IllegalStateException("a save began with " + other);
        }
    }

    private SaveMessage written(SaveMessage.Staged staged, List<TensorSource> tensors) {
        try {
            return new SaveMessage.Written(
                    StagedCheckpoint.writeShard(storage, staged.folder(), group.rank(), group.size(), tensors));
        } catch (IOException | RuntimeException e) {
            return new SaveMessage.Failed("step " + staged.step() + ": rank " + group.rank()
                    + " could not write its shard: " + e.getMessage());
        }
    }
}
