package dev.calandra.laws;

import java.util.Objects;

/**
 * Best learning rate and batch size as functions of the training compute C, in scaling-law FLOPs (see {@link ModelCost}).
 *
 * @param source where the law was published
 * @param learningRate peak learning rate at C
 * @param batchTokens tokens per step at C
 * @param fittedFrom smallest C of the runs behind the law
 * @param fittedTo largest C of the runs behind the law
 */
public record HyperParameterLaw(
        String source, PowerLaw learningRate, PowerLaw batchTokens, double fittedFrom, double fittedTo) {
    public HyperParameterLaw {
        Objects.requireNonNull(source, "source");
        Objects.requireNonNull(learningRate, "learningRate");
        Objects.requireNonNull(batchTokens, "batchTokens");
        if (!(fittedFrom > 0 && fittedFrom < fittedTo)) {
            throw new IllegalArgumentException("no range of compute: %s to %s".formatted(fittedFrom, fittedTo));
        }
    }

    /** Whether a compute budget lies outside the runs behind the law. */
    public boolean extrapolatesAt(double compute) {
        return compute < fittedFrom || compute > fittedTo;
    }
}
