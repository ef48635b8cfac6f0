package dev.calandra.data;

import dev.calandra.configs.CacheConfig;
import dev.calandra.configs.SourceConfig;
import dev.calandra.data.mixture.FeistelPermutation;
import dev.calandra.data.mixture.Mixer;
import dev.calandra.data.shards.Fingerprint;

/**
 * The held-out windows of one source on which a model is evaluated: always the same ones, the first of a fixed permutation of the
 * validation split's windows, so that losses of different steps and runs compare.
 *
 * <p>Safe for use by many threads, but {@link #close} must come after the last read.
 */
public final class HeldOutWindows implements AutoCloseable {
    private static final long PURPOSE = 0x68656C642D6F7574L;

    private final String source;
    private final ShardSet shards;
    private final int sequenceLength;
    private final int lookahead;
    private final int[] byteLengths;
    private final int size;
    private final FeistelPermutation order;

    private HeldOutWindows(
            String source, ShardSet shards, int sequenceLength, int lookahead, int limit, int[] byteLengths) {
        this.source = source;
        this.shards = shards;
        this.sequenceLength = sequenceLength;
        this.lookahead = lookahead;
        this.byteLengths = byteLengths;
        long windows = Math.max(0, (shards.tokens() - lookahead) / sequenceLength);
        this.size = (int) Math.min(windows, limit);
        this.order = new FeistelPermutation(Math.max(1, windows), Mixer.mix(PURPOSE, Fingerprint.first64(source)));
    }

    /**
     * Opens the validation split of a source.
     *
     * @param tokenizer with which it was tokenized; must be byte-level
     * @param limit at most so many windows
     * @param cache for copies of shards that are not on local disk
     * @throws dev.calandra.configs.DataException when there is no finished set, it was tokenized with another tokenizer, or the tokenizer
     *     is not byte-level
     */
    public static HeldOutWindows open(
            SourceConfig source, Tokenizer tokenizer, int sequenceLength, int lookahead, int limit, CacheConfig cache) {
        int[] byteLengths = tokenizer.byteLengths();
        ShardSet shards = ShardSet.open(source.path(), Split.VALIDATION, cache);
        try {
            shards.requireTokenizer(tokenizer);
            return new HeldOutWindows(source.name(), shards, sequenceLength, lookahead, limit, byteLengths);
        } catch (RuntimeException e) {
            shards.close();
            throw e;
        }
    }

    /** Name of the source. */
    public String source() {
        return source;
    }

    /** Number of windows; 0 when the source has less held-out text than one window. */
    public int size() {
        return size;
    }

    /** A window, 0 to size − 1. */
    public PackedSequence window(int index) {
        if (index >= size) {
            throw new IndexOutOfBoundsException("window %d of %d".formatted(index, size));
        }
        return shards.read(order.apply(index) * sequenceLength, sequenceLength + lookahead);
    }

    /**
     * Bytes of UTF-8 text that a window's next-token targets stand for: the targets at positions 1 .. S that the loss counts (not the first
     * of a document, not before its loss start). An end-of-text token counts 0 bytes although its loss is counted.
     */
    public long targetBytes(PackedSequence window) {
        long bytes = 0;
        for (int j = 1; j <= sequenceLength; j++) {
            if (window.target()[j] && window.documentStart()[j] < j) {
                bytes += byteLengths[window.tokens()[j]];
            }
        }
        return bytes;
    }

    @Override
    public void close() {
        shards.close();
    }
}
