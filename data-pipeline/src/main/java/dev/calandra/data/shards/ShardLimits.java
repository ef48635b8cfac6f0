package dev.calandra.data.shards;

/**
 * How large the pieces of a set become. A document is never split, so a piece may exceed its limit by one document.
 *
 * @param tokensPerShard a shard is closed once it holds this many
 * @param tokensPerBatch a record batch is written before it would hold more; bounds the writer's memory
 */
public record ShardLimits(long tokensPerShard, int tokensPerBatch) {

    /** Shards of 128 MiB in record batches of 4 MiB. */
    public static final ShardLimits DEFAULT = new ShardLimits(1L << 25, 1 << 20);

    /** @throws IllegalArgumentException when a limit is below 1 */
    public ShardLimits {
        if (tokensPerShard < 1 || tokensPerBatch < 1) {
            throw new IllegalArgumentException("limits must be at least 1 (tokensPerShard %d, tokensPerBatch %d)"
                    .formatted(tokensPerShard, tokensPerBatch));
        }
    }
}
