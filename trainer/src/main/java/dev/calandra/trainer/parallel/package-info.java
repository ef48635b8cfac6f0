/**
 * Many ranks that train one model: who holds which experts and owns which rows of the optimizer's state, how gradients are
 * summed and weights shared out again.
 *
 * <p>Owns: layout of a run over ranks, reduction of gradients, gathering of weights. Must not know: how a step is made of
 * batches, checkpoints' files, what carries the bytes.
 */
package dev.calandra.trainer.parallel;
