package dev.calandra.trainer.run;

import dev.calandra.checkpoints.Checkpoint;
import dev.calandra.checkpoints.CheckpointReader;
import dev.calandra.checkpoints.CheckpointStore;
import dev.calandra.checkpoints.GroupMember;
import dev.calandra.checkpoints.SaveGroup;
import dev.calandra.checkpoints.TensorSource;
import dev.calandra.checkpoints.Verification;
import dev.calandra.configs.CheckpointException;
import dev.calandra.storage.Storage;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** The checkpoints of a run, as one of its ranks reaches them: rank 0 chooses and commits, the others take part. */
public sealed interface RankStore {

    /**
     * The checkpoint to resume from; the caller's to close.
     *
     * @param fromStep this step and no other; empty = the newest valid one
     */
    Optional<Checkpoint> find(OptionalLong fromStep);

    /** Rank 0 has found the checkpoint fit to resume from, or none to be there: the others may load it. */
    void agree(Optional<Checkpoint> checkpoint);

    /** Sets aside all checkpoints after a step. */
    void goBackTo(long step);

    /**
     * Saves what this rank owns; returns when the step is durable.
     *
     * @return bytes that were written
     */
    long save(long step, List<TensorSource> tensors, Map<String, Object> state);

    /**
     * Before anything is trained: whether what is going to be saved can be.
     *
     * @throws CheckpointException when it cannot: which limit, and what to do
     */
    void requireSavable(List<TensorSource> tensors, Map<String, Object> state);

    /** Tells the other ranks, which are about to take part in a save, that rank 0 does not begin it, and why. */
    void abandon(CheckpointException why);

    /**
     * Rank 0.
     *
     * @param group of all ranks
     */
    record Committing(CheckpointStore store, SaveGroup group) implements RankStore {

        @Override
        public Optional<Checkpoint> find(OptionalLong fromStep) {
            return fromStep.isPresent() ? Optional.of(store.open(fromStep.getAsLong())) : store.newestValid();
        }

        @Override
        public void agree(Optional<Checkpoint> checkpoint) {
            group.broadcast(checkpoint
                    .map(found -> ByteBuffer.allocate(Long.BYTES)
                            .putLong(found.step())
                            .array())
                    .orElse(new byte[0]));
        }

        @Override
        public void goBackTo(long step) {
            store.goBackTo(step);
        }

        @Override
        public long save(long step, List<TensorSource> tensors, Map<String, Object> state) {
            return store.save(step, tensors, state, group);
        }

        @Override
        public void requireSavable(List<TensorSource> tensors, Map<String, Object> state) {
            CheckpointStore.requireManifest(tensors, state, group);
        }

        @Override
        public void abandon(CheckpointException why) {
            CheckpointStore.abandon(group, why);
        }
    }

    /**
     * Any other rank.
     *
     * @param folder of the run
     */
    record Member(Storage storage, String folder, SaveGroup group) implements RankStore {

        @Override
        public Optional<Checkpoint> find(OptionalLong fromStep) {
            byte[] step = group.broadcast(new byte[0]);
            // Rank 0 has read and verified every byte of it: once is enough for all ranks.
            return step.length == 0
                    ? Optional.empty()
                    : Optional.of(new CheckpointReader(storage, folder)
                            .open(ByteBuffer.wrap(step).getLong(), Verification.HEADERS));
        }

        @Override
        public void agree(Optional<Checkpoint> checkpoint) {
            // Rank 0 has.
        }

        @Override
        public void goBackTo(long step) {
            // Rank 0 does.
        }

        @Override
        public long save(long step, List<TensorSource> tensors, Map<String, Object> state) {
            new GroupMember(storage, group).save(tensors);
            return tensors.stream().mapToLong(tensor -> tensor.part().bytes()).sum();
        }

        @Override
        public void requireSavable(List<TensorSource> tensors, Map<String, Object> state) {
            // Rank 0 reckons for all.
        }

        @Override
        public void abandon(CheckpointException why) {
            throw new IllegalStateException("only rank 0 begins a save", why);
        }
    }
}
