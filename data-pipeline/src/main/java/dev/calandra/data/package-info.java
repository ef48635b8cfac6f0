/**
 * From corpus to batches: the tokenizer, the tokenising job, the sets of shards, and {@link dev.calandra.data.SampleStream}, the pure
 * function from a sample's number to its tokens. Owns what a sample is and in which order samples come. It must not know the model, the
 * trainer or tensors: it hands out arrays of token ids, and its whole state is one integer.
 */
package dev.calandra.data;
