/**
 * Training: the loop on one page, and the assembly of everything it needs from a config.
 *
 * <p>Owns: the order of a training step, what is skipped and when training halts. Must not know: how a kernel, a shard or a
 * checkpoint works inside.
 */
package dev.calandra.trainer;
