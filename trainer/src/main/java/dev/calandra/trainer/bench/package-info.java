/**
 * Speed, measured the way a run would see it: whole training steps of a config, and the machine's own rate of matrix
 * products to hold them against.
 *
 * <p>Owns: what is measured and how the figures are taken. Must not know: how figures are printed, checkpoints, corpora.
 */
package dev.calandra.trainer.bench;
