package dev.calandra.engine.profile;

/**
 * A call of a kernel.
 *
 * @param kernel name of the method of {@link dev.calandra.engine.Kernels}
 * @param startNanos on the clock of {@link System#nanoTime}
 * @param nanos until the method returned
 */
public record KernelCall(String kernel, Work work, long startNanos, long nanos) {}
