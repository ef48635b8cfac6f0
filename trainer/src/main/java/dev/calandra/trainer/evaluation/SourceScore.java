package dev.calandra.trainer.evaluation;

/**
 * A source's score on its held-out documents.
 *
 * @param source name
 * @param nats sum of the target tokens' losses
 * @param tokens targets, at least 1
 * @param bytes of UTF-8 text that the targets stand for, at least 1; tokens that are not text, such as end-of-text, add none
 */
public record SourceScore(String source, double nats, long tokens, long bytes) {

    public SourceScore {
        if (tokens < 1 || bytes < 1) {
            throw new IllegalArgumentException(source + ": a score of " + tokens + " tokens and " + bytes + " bytes");
        }
    }

    /** Bits needed per byte of text: a measure that does not depend on the tokenizer. Lower is better. */
    public double bitsPerByte() {
        return nats / Math.log(2) / bytes;
    }

    /** Mean loss per token in nats. */
    public double lossPerToken() {
        return nats / tokens;
    }
}
