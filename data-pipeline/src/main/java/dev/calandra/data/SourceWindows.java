package dev.calandra.data;

import dev.calandra.configs.DataException;
import dev.calandra.configs.Packing;
import dev.calandra.data.mixture.Mixer;
import dev.calandra.data.packing.BestFit;
import dev.calandra.data.shards.Fingerprint;

/**
 * The windows of one source in the order in which they are served, for ever: each epoch serves every window once, in an order of its own.
 * Safe for use by many threads.
 */
abstract sealed class SourceWindows permits ConcatenatedWindows, PackedWindows {
    /** Windows of so many tokens are permuted together: eight shards of the usual size, one gibibyte. */
    private static final long GROUP_TOKENS = 1L << 28;

    private final long windows;
    private final WindowOrder order;

    SourceWindows(long windows, int sequenceLength, long key) {
        this.windows = windows;
        this.order = new WindowOrder(windows, Math.max(1, GROUP_TOKENS / sequenceLength), key);
    }

    /**
     * The windows of a source.
     *
     * @param name of the source: its order depends on it, not on its place in the config
     * @throws DataException when the source holds less than one sequence
     */
    static SourceWindows of(
            String name, ShardSet shards, Packing packing, int sequenceLength, int lookahead, long seed) {
        if (shards.tokens() < (long) sequenceLength + lookahead) {
            throw new DataException(
                    "source '%s' has %d tokens, less than one sequence (%d + %d); add text to it or lower data.sequence_length"
                            .formatted(name, shards.tokens(), sequenceLength, lookahead));
        }
        long key = Mixer.mix(seed, Fingerprint.first64(name));
        return switch (packing) {
            case CONCAT -> new ConcatenatedWindows(shards, sequenceLength, lookahead, key);
            case BEST_FIT -> new PackedWindows(shards, sequenceLength, lookahead, key);
        };
    }

    /** Windows in an epoch of a source, by the manifest alone. */
    static long count(ShardSet shards, Packing packing, int sequenceLength) {
        return switch (packing) {
            case CONCAT -> shards.tokens() / sequenceLength;
            case BEST_FIT -> {
                long windows = 0;
                for (int shard = 0; shard < shards.shardCount(); shard++) {
                    windows += BestFit.binsFor(shards.tokens(shard), sequenceLength);
                }
                yield windows;
            }
        };
    }

    /** Windows in an epoch. */
    final long windows() {
        return windows;
    }

    /** The epoch of the n-th window that is served. */
    final long epoch(long ordinal) {
        return ordinal / windows;
    }

    /** Which window of the source is served n-th, 0 to windows - 1. */
    final long index(long ordinal) {
        return order.window(epoch(ordinal), ordinal % windows);
    }

    /** The n-th window that is served, with its lookahead. */
    final PackedSequence window(long ordinal) {
        return read(epoch(ordinal), index(ordinal));
    }

    /** Begins to fetch what the n-th window needs, without waiting. */
    final void fetchAhead(long ordinal) {
        fetchAhead(epoch(ordinal), index(ordinal));
    }

    abstract PackedSequence read(long epoch, long window);

    abstract void fetchAhead(long epoch, long window);
}
