/**
 * Weights in exchange with others and with other steps: a model's location opened ({@link
 * dev.calandra.trainer.exchange.ModelSource}), written as a Hugging Face folder, taken over into a new run, averaged over checkpoints, compared.
 *
 * <p>Everything streams: no model is built, and memory holds strips of one tensor at a time.
 *
 * <p>Owns: which type each tensor is written in, and the arithmetic of merging. Must not know: the forward pass, optimizers beyond the names
 * and shapes of their state, the training loop.
 */
package dev.calandra.trainer.exchange;
