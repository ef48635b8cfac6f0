/**
 * How weights move: learning-rate schedules, AdamW with global-norm clipping, and the update of the experts' routing
 * biases.
 *
 * <p>Owns: moments, the arithmetic of one optimizer step. Must not know: data, checkpoints, the order of a training step.
 */
package dev.calandra.trainer.optimizer;
