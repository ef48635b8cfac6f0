package dev.calandra.laws;

import java.util.Objects;

/**
 * How to split training compute C between model and data: C = M D, in scaling-law FLOPs (see {@link ModelCost}).
 *
 * @param source where the law was published
 * @param flopsPerToken the best M, training FLOPs per token, at C
 * @param tokens the best D at C
 */
public record AllocationLaw(String source, PowerLaw flopsPerToken, PowerLaw tokens) {
    public AllocationLaw {
        Objects.requireNonNull(source, "source");
        Objects.requireNonNull(flopsPerToken, "flopsPerToken");
        Objects.requireNonNull(tokens, "tokens");
    }
}
