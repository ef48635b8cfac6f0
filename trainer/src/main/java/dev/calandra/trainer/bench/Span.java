package dev.calandra.trainer.bench;

/**
 * A stretch of time.
 *
 * @param startNanos on the clock of {@link System#nanoTime}
 */
record Span(long startNanos, long nanos) {}
