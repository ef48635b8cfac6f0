package dev.calandra.trainer.run;

/**
 * A batch whose update was skipped because of a spike, and which is to be tried again (Ling 1, arXiv 2503.05139: skip the
 * update, bring the samples back later).
 *
 * @param firstSample index of its first sample in the stream
 * @param dueStep step (from 0) at which it takes the place of a fresh batch
 */
public record DeferredBatch(long firstSample, long dueStep) {}
