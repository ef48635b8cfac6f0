package dev.calandra.laws.plan;

import dev.calandra.configs.ModelConfig;

/**
 * How ranks share a run: every rank has all parameters but the routed experts, of which it has one in {@code expert}; optimizer
 * state is spread over all ranks that hold the same weights (ZeRO stage 1, arXiv 1910.02054).
 *
 * @param ranks processes of the run
 * @param expert ranks that share one copy of the routed experts
 */
public record Layout(int ranks, int expert) {
    /** One process. */
    public static final Layout SINGLE = new Layout(1, 1);

    public Layout {
        if (ranks < 1 || expert < 1 || ranks % expert != 0) {
            throw new IllegalArgumentException(
                    "%d ranks cannot hold copies of the experts on %d ranks each; ranks must be a multiple"
                            .formatted(ranks, expert));
        }
    }

    /** @throws IllegalArgumentException if the model's experts cannot be dealt out evenly */
    public void requireFits(ModelConfig model) {
        if (model.numExperts() % expert != 0) {
            throw new IllegalArgumentException(
                    "%d experts cannot be dealt out to %d ranks; use a divisor".formatted(model.numExperts(), expert));
        }
    }

    /** Ranks that hold the same experts. */
    public int expertReplicas() {
        return ranks / expert;
    }
}
