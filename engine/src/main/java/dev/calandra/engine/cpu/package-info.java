/**
 * The fast kernels for a CPU: matrix products of a native library (oneDNN, or OpenBLAS where that is missing), one thread
 * per call, under parallelism in Java; all else fused loops of the Vector API over raw addresses.
 *
 * <p>Owns: threads, scratch memory, loop shapes. Must not know: the tape, models. Work is cut by shapes alone, never by the
 * number of threads, and sums have a fixed order, so that results do not depend on how many threads there are or on when
 * the JIT compiles (the Vector API leaves the order of its own float reductions open, so it is not used for sums).
 *
 * <p>Addresses are checked where a kernel enters, against the tensors' shapes; inside, nothing is. Classes named
 * {@code …Loops} hold inner loops that the JIT compiles each by itself.
 */
package dev.calandra.engine.cpu;
