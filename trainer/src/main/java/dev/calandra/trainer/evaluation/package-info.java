/**
 * How good a model is on text it never trained on: bits per byte of each source's held-out documents.
 *
 * <p>Owns: which windows are read and how losses become bits per byte. Must not know: the training loop, optimizers,
 * checkpoints.
 */
package dev.calandra.trainer.evaluation;
