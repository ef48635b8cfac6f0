package dev.calandra.engine.collective;

/**
 * A collective that one rank has taken part in.
 *
 * @param thread on which it ran, see {@link Thread#threadId}: background collectives have threads of their own
 * @param bytes that the rank has sent to others
 * @param startNanos on the clock of {@link System#nanoTime}
 * @param nanos until it returned, waiting for other ranks included
 */
public record CollectiveCall(
        Purpose purpose, Collective collective, long thread, long bytes, long startNanos, long nanos) {

    /** When it returned. */
    public long endNanos() {
        return startNanos + nanos;
    }
}
