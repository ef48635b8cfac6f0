package dev.calandra.checkpoints;

import java.util.Optional;

/**
 * How a save ended.
 *
 * @param step that was to be saved
 * @param bytes of the step's files; 0 when it failed
 * @param seconds that writing took, or took until it failed
 * @param failure what went wrong; empty when the step is durable
 */
public record SaveOutcome(long step, long bytes, double seconds, Optional<RuntimeException> failure) {}
