package dev.calandra.trainer.run;

import java.util.Optional;

/**
 * What a save takes down beside the tensors.
 *
 * @param training where the run stands
 * @param data that it has been served
 * @param evaluation the latest
 * @param metrics of the rank that keeps them: a checkpoint stands for every line up to its step, so they are made durable before it
 */
public record Savepoint(
        TrainingState training, ConsumedData data, Optional<Evaluation> evaluation, Optional<MetricsLog> metrics) {}
