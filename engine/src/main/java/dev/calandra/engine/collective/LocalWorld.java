package dev.calandra.engine.collective;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** What the ranks of one JVM share: one monitor for all their groups, and which of them has failed or gone. */
final class LocalWorld {

    private final boolean[] ended;
    private RankFailedException failure;

    LocalWorld(int size) {
        ended = new boolean[size];
    }

    /** A rank throws: all who wait, and all who will, are told. Only the first failure counts. */
    synchronized void fail(int rank, Throwable cause) {
        if (failure == null) {
            failure = new RankFailedException(rank, "failed: " + cause, cause);
        }
        notifyAll();
    }

    /** A rank has returned and will take part in nothing more. */
    synchronized void end(int rank) {
        ended[rank] = true;
        notifyAll();
    }

    /** The first failure; null if there was none. */
    synchronized RankFailedException failure() {
        return failure;
    }

    /** Where a group of ranks meets. Guarded by the world. */
    final class Meeting {
        private final List<Integer> members;
        private List<Object> offers;
        private String operation;
        private int arrived;
        private long generation;

        /** @param members numbers in the world, by rank within the group */
        Meeting(List<Integer> members) {
            this.members = List.copyOf(members);
            this.offers = empty();
        }

        private List<Object> empty() {
            return new ArrayList<>(Collections.nCopies(members.size(), null));
        }

        List<Integer> members() {
            return members;
        }

        /**
         * Waits for all members to bring something.
         *
         * @return what each has brought, by rank
         */
        List<Object> meet(int rank, String what, Object offer) {
            synchronized (LocalWorld.this) {
                requireSound();
                if (arrived == 0) {
                    operation = what;
                } else if (!operation.equals(what)) {
                    IllegalStateException mismatch = new IllegalStateException(
                            "rank " + members.get(rank) + " calls for " + what + " while others are in " + operation);
                    fail(members.get(rank), mismatch);
                    throw mismatch;
                }
                List<Object> mine = offers;
                mine.set(rank, offer);
                arrived++;
                if (arrived == members.size()) {
                    offers = empty();
                    arrived = 0;
                    generation++;
                    LocalWorld.this.notifyAll();
                } else {
                    awaitOthers(generation, mine);
                }
                return mine;
            }
        }

        private void awaitOthers(long mine, List<Object> brought) {
            while (generation == mine) {
                for (int r = 0; r < members.size(); r++) {
                    if (brought.get(r) == null && ended[members.get(r)]) {
                        fail(members.get(r), new IllegalStateException("ended while others wait in " + operation));
                    }
                }
                requireSound();
                try {
                    LocalWorld.this.wait();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                    throw new IllegalStateException("interrupted while waiting for other ranks in " + operation, e);
                }
            }
        }

        private void requireSound() {
            if (failure != null) {
                throw new RankFailedException(failure.rank(), "has failed", failure.getCause());
            }
        }
    }
}
