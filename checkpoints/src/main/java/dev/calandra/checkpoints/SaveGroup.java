package dev.calandra.checkpoints;

import java.util.List;

/**
 * How the ranks of one save talk to each other: two collective operations that every rank calls in the same order. Rank 0 stages the step,
 * gathers the ranks' reports and commits; the others write their shard ({@link GroupMember}).
 *
 * <p>A rank that is lost must make the others' calls throw; then nothing is committed.
 */
public interface SaveGroup {
    /** A process that saves alone. */
    SaveGroup ALONE = new SaveGroup() {
        @Override
        public int rank() {
            return 0;
        }

        @Override
        public int size() {
            return 1;
        }

        @Override
        public byte[] broadcast(byte[] message) {
            return message;
        }

        @Override
        public List<byte[]> gather(byte[] message) {
            return List.of(message);
        }
    };

    /** This process's rank, 0 to size - 1. */
    int rank();

    /** Number of ranks. */
    int size();

    /**
     * Passes rank 0's message to every rank.
     *
     * @param message looked at on rank 0 only
     * @return rank 0's message
     */
    byte[] broadcast(byte[] message);

    /**
     * Collects every rank's message on rank 0.
     *
     * @return on rank 0 the messages in the order of the ranks; elsewhere an empty list
     */
    List<byte[]> gather(byte[] message);
}
