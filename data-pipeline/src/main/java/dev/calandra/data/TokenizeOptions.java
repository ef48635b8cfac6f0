package dev.calandra.data;

import dev.calandra.data.shards.ShardLimits;

/**
 * How a corpus is tokenized.
 *
 * @param source name of the corpus, kept in its shards
 * @param validationShare share of documents to hold out, 0 to below 1
 * @param maxRejectedShare the job fails when a larger share of its records is bad, 0 to 1
 * @param threads that tokenize, at least 1; the output does not depend on it
 * @param limits sizes of shards
 */
public record TokenizeOptions(
        String source, double validationShare, double maxRejectedShare, int threads, ShardLimits limits) {

    /** @throws IllegalArgumentException when a value is out of range */
    public TokenizeOptions {
        if (!(validationShare >= 0 && validationShare < 1)) {
            throw new IllegalArgumentException("validation share %s is not in 0 .. 1".formatted(validationShare));
        }
        if (!(maxRejectedShare >= 0 && maxRejectedShare <= 1)) {
            throw new IllegalArgumentException(
                    "share of rejected records %s is not in 0 .. 1".formatted(maxRejectedShare));
        }
        if (threads < 1) {
            throw new IllegalArgumentException("threads %d is less than 1".formatted(threads));
        }
    }

    /** Two per cent held out, at most one per cent of bad records, all processors. */
    public static TokenizeOptions defaults(String source) {
        return new TokenizeOptions(source, 0.02, 0.01, Runtime.getRuntime().availableProcessors(), ShardLimits.DEFAULT);
    }
}
