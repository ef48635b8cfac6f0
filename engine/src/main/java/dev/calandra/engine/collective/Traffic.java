package dev.calandra.engine.collective;

import java.util.EnumMap;
import java.util.Map;

/** Counts what one rank's collectives move and how long they take; shared by all groups the rank is in. Thread-safe. */
public final class Traffic {

    private final Map<Collective, Amount> amounts = new EnumMap<>(Collective.class);
    private volatile Observer observer = (collective, bytes, startNanos, nanos, background) -> {};

    /** Sees every collective after it. */
    @FunctionalInterface
    public interface Observer {
        /**
         * @param bytes sent to other ranks
         * @param startNanos on the clock of {@link System#nanoTime}
         * @param nanos waiting for other ranks included
         * @param background whether computation went on meanwhile
         */
        void finished(Collective collective, long bytes, long startNanos, long nanos, boolean background);
    }

    /**
     * What one kind of collective came to.
     *
     * @param calls how often
     * @param bytes sent to other ranks
     * @param nanos in all, waiting for other ranks included
     */
    public record Amount(long calls, long bytes, long nanos) {
        static final Amount NONE = new Amount(0, 0, 0);

        Amount plus(long moreBytes, long moreNanos) {
            return new Amount(calls + 1, bytes + moreBytes, nanos + moreNanos);
        }

        /** What came between an earlier amount and this. */
        public Amount since(Amount earlier) {
            return new Amount(calls - earlier.calls, bytes - earlier.bytes, nanos - earlier.nanos);
        }
    }

    void add(Collective collective, long bytes, long startNanos, long nanos, boolean background) {
        synchronized (amounts) {
            amounts.merge(collective, Amount.NONE.plus(bytes, nanos), (before, one) -> before.plus(bytes, nanos));
        }
        observer.finished(collective, bytes, startNanos, nanos, background);
    }

    /** Amounts so far. */
    public Map<Collective, Amount> amounts() {
        synchronized (amounts) {
            return amounts.isEmpty() ? Map.of() : new EnumMap<>(amounts);
        }
    }

    /** Bytes sent to other ranks so far. */
    public long bytes() {
        synchronized (amounts) {
            return amounts.values().stream().mapToLong(Amount::bytes).sum();
        }
    }

    /** From now on, shows every collective to the observer instead of an earlier one. */
    public void observe(Observer next) {
        this.observer = next;
    }
}
