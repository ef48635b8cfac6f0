package dev.calandra.checkpoints;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Ranks as threads of this JVM, of which one may die: it sends nothing more, and the calls of all others throw. */
final class MortalRanks {
    private final int size;
    private final List<Deque<byte[]>> fromRoot = new ArrayList<>();
    private final List<Deque<byte[]>> toRoot = new ArrayList<>();
    private boolean lost;

    MortalRanks(int size) {
        this.size = size;
        for (int rank = 0; rank < size; rank++) {
            fromRoot.add(new ArrayDeque<>());
            toRoot.add(new ArrayDeque<>());
        }
    }

    /** What the survivors get. */
    static final class RankLostException extends RuntimeException {
        RankLostException() {
            super("a rank was lost");
        }
    }

    /** The death of a rank is noticed. */
    synchronized void lose() {
        lost = true;
        notifyAll();
    }

    private synchronized void send(Deque<byte[]> to, byte[] message) {
        requireAll();
        to.add(message);
        notifyAll();
    }

    /** What was sent before the death may still arrive. */
    private synchronized byte[] receive(Deque<byte[]> from) {
        while (from.isEmpty()) {
            requireAll();
            try {
                wait();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        }
        return from.poll();
    }

    private void requireAll() {
        if (lost) {
            throw new RankLostException();
        }
    }

    /**
     * One rank's view.
     *
     * @param diesBefore number of the collective call, from 0, that this rank does not come to; -1 = none
     * @param isDead whether it has died over something else
     */
    SaveGroup rank(int rank, int diesBefore, BooleanSupplier isDead) {
        return new Member(rank, diesBefore, isDead);
    }

    private final class Member implements SaveGroup {
        private final int rank;
        private final int diesBefore;
        private final BooleanSupplier isDead;
        private int calls;

        Member(int rank, int diesBefore, BooleanSupplier isDead) {
            this.rank = rank;
            this.diesBefore = diesBefore;
            this.isDead = isDead;
        }

        private void live() {
            if (calls++ == diesBefore || isDead.getAsBoolean()) {
                lose();
                throw new RankLostException();
            }
        }

        @Override
        public int rank() {
            return rank;
        }

        @Override
        public int size() {
            return size;
        }

        @Override
        public byte[] broadcast(byte[] message) {
            live();
            if (rank > 0) {
                return receive(fromRoot.get(rank));
            }
            for (int other = 1; other < size; other++) {
                send(fromRoot.get(other), message);
            }
            return message;
        }

        @Override
        public List<byte[]> gather(byte[] message) {
            live();
            if (rank > 0) {
                send(toRoot.get(rank), message);
                return List.of();
            }
            List<byte[]> all = new ArrayList<>(List.of(message));
            for (int other = 1; other < size; other++) {
                all.add(receive(toRoot.get(other)));
            }
            return all;
        }
    }
}
