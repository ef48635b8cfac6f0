/**
 * Comparison with numbers that the published model code computed: forward, backward and whole training steps, so that a
 * machine, a backend or a change of ours can be trusted.
 *
 * <p>Owns: what is compared, the limits and their reasons, the table. Must not know: how kernels compute, commands.
 */
package dev.calandra.trainer.parity;
