package dev.calandra.trainer.model;

/**
 * The loss of one output head.
 *
 * @param sum over tokens, in nats
 * @param tokens that have a target
 */
public record HeadLoss(double sum, long tokens) {

    static final HeadLoss ZERO = new HeadLoss(0, 0);

    /** Nats per token; 0 where there is none. */
    public double mean() {
        return tokens == 0 ? 0 : sum / tokens;
    }

    HeadLoss plus(HeadLoss other) {
        return new HeadLoss(sum + other.sum, tokens + other.tokens);
    }
}
