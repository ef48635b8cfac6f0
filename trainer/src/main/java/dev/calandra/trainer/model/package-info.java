/**
 * The Ling 2.0 decoder (arXiv 2510.22115, 2; {@code BailingMoeV2} of Hugging Face): its layers, parameters and their
 * published names, losses, and the loading of released weights.
 *
 * <p>Shapes are in the names: T tokens, D hidden, F feed-forward width, E experts, K experts per token, H query heads, G
 * key-value heads, C head size, V vocabulary, S sequence.
 *
 * <p>Owns: the forward pass and what it needs. Must not know: optimizers, schedules, the training loop, where batches come
 * from, run directories.
 */
package dev.calandra.trainer.model;
