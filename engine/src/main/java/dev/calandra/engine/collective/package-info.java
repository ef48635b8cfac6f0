/**
 * Ranks that compute together: what they send each other, sum and wait for, whether they are threads of one JVM or processes
 * started by {@code mpirun}.
 *
 * <p>Owns: the collective operations, the order of every sum over ranks, how a rank that fails stops the others, Open MPI's C
 * library. Must not know: models, optimizers, what the tensors mean, configs.
 */
package dev.calandra.engine.collective;
