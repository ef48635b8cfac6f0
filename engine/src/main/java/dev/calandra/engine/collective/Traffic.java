package dev.calandra.engine.collective;

import java.util.EnumMap;
import java.util.Map;

/** Counts what one rank's collectives move and how long they take; shared by all groups the rank is in. Thread-safe. */
public final class Traffic {

    private final Map<Collective, Amount> amounts = new EnumMap<>(Collective.class);

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
    }

    void add(Collective collective, long bytes, long nanos) {
        synchronized (amounts) {
            amounts.merge(collective, Amount.NONE.plus(bytes, nanos), (before, one) -> before.plus(bytes, nanos));
        }
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
}
