/**
 * A run's folder and what must survive between two processes that work on the same run: the effective config, the metrics,
 * the lock, the training state in checkpoints, and what may change on resume.
 *
 * <p>Owns: names and formats of those files, the rules of resuming. Must not know: kernels, the order of a training step.
 */
package dev.calandra.trainer.run;
