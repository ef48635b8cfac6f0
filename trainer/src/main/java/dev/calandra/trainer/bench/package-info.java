/**
 * Speed, measured the way a run would see it: whole training steps of a config, the kernels that they consist of, and the
 * machine's own rates of matrix products and copies to hold them against.
 *
 * <p>Owns: what is measured, how the figures are taken, the trace of a profile. Must not know: how figures are printed,
 * checkpoints, corpora.
 */
package dev.calandra.trainer.bench;
