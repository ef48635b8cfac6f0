package dev.calandra.configs;

import java.util.Optional;

/**
 * Works out the keys that a config leaves to a scaling law: {@code optimizer.learning_rate: auto} and {@code run.batch_size: auto}.
 * Configs know no laws, so whoever loads one brings this along.
 */
public interface AutoValues {
    /** How the origin of a value begins that was chosen. */
    String ORIGIN = "auto: ";

    /**
     * What a law chose.
     *
     * @param learningRate peak
     * @param batchSize sequences per step
     * @param origin where both come from, for the effective config, such as {@code law ling at 1.3e+20 FLOPs}
     */
    record Chosen(double learningRate, int batchSize, String origin) {}

    /**
     * Chooses for a config.
     *
     * @param config with stand-ins for the keys that are to be chosen
     * @param batchSize whether the batch size is to be chosen too; if not, the config's own counts
     * @param tokens of the whole run, where the config gives them instead of steps; steps then follow from the batch
     * @throws CalandraException if the law that {@code laws} names cannot be read or does not choose them
     */
    Chosen choose(PretrainConfig config, boolean batchSize, Optional<Double> tokens);
}
