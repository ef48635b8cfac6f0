/**
 * What a run plans to take from each source and what it has really taken: the numbers, a drawing of them, and the warning against text that
 * is served too often. It reads configs, shards' manifests and checkpoints; it must not know models, tensors or the training loop.
 */
package dev.calandra.trainer.mixture;
