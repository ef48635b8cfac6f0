package dev.calandra.checkpoints;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;

/**
 * Ranks as threads of this JVM. They write their shards one after another, rank 0 first, so that the operations of a save come in the same
 * order every time.
 */
final class ThreadGroupOfRanks {
    private static final long PATIENCE_SECONDS = 60;

    private final int size;
    private final List<BlockingQueue<byte[]>> toRank = new ArrayList<>();
    private final List<BlockingQueue<byte[]>> toRoot = new ArrayList<>();

    ThreadGroupOfRanks(int size) {
        this.size = size;
        for (int rank = 0; rank < size; rank++) {
            toRank.add(new LinkedBlockingQueue<>());
            toRoot.add(new LinkedBlockingQueue<>());
        }
    }

    /** One rank's view. */
    SaveGroup rank(int rank) {
        return new Member(rank);
    }

    private static byte[] take(BlockingQueue<byte[]> queue) {
        try {
            byte[] message = queue.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
            if (message == null) {
                throw new IllegalStateException("a rank waited in vain for the others");
            }
            return message;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private final class Member implements SaveGroup {
        private final int rank;
        private byte[] staged;

        Member(int rank) {
            this.rank = rank;
        }

        @Override
        public int rank() {
            return rank;
        }

        @Override
        public int size() {
            return size;
        }

        /** The first message of a save goes from rank to rank as each has written; the last to all at once. */
        @Override
        public byte[] broadcast(byte[] message) {
            if (rank > 0) {
                byte[] received = take(toRank.get(rank));
                staged = received;
                return received;
            }
            if (SaveMessage.parse(message) instanceof SaveMessage.Staged) {
                staged = message;
            } else {
                IntStream.range(1, size).forEach(other -> toRank.get(other).add(message));
            }
            return message;
        }

        @Override
        public List<byte[]> gather(byte[] message) {
            if (rank + 1 < size) {
                toRank.get(rank + 1).add(staged);
            }
            if (rank > 0) {
                toRoot.get(rank).add(message);
                return List.of();
            }
            List<byte[]> all = new ArrayList<>(List.of(message));
            IntStream.range(1, size).forEach(other -> all.add(take(toRoot.get(other))));
            return all;
        }
    }
}
