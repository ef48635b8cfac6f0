package dev.calandra.engine;

/**
 * Sizes of a causal, grouped-query attention (Ainslie et al., arXiv 2305.13245).
 *
 * <p>Query i of a sequence sees keys up to {@code keys - queries + i}: in training queries and keys are the same
 * tokens; in generation the keys include those cached before.
 *
 * @param batch sequences
 * @param queries query tokens per sequence
 * @param keys key tokens per sequence, at least {@code queries}
 * @param capacity tokens per sequence for which the key and value arrays have room
 * @param heads query heads H
 * @param keyValueHeads key and value heads G; H is a multiple of G
 * @param headSize C
 */
public record AttentionShape(
        int batch, int queries, int keys, int capacity, int heads, int keyValueHeads, int headSize) {

    public AttentionShape {
        if (batch < 1 || queries < 1 || keys < queries || capacity < keys) {
            throw new IllegalArgumentException("attention sizes: batch " + batch + ", queries " + queries + ", keys "
                    + keys + ", room " + capacity);
        }
        if (heads < 1 || keyValueHeads < 1 || heads % keyValueHeads != 0 || headSize < 1) {
            throw new IllegalArgumentException(
                    heads + " heads of size " + headSize + " over " + keyValueHeads + " key-value heads");
        }
    }

    /** Training: every token is query and key. */
    public static AttentionShape training(int batch, int sequence, int heads, int keyValueHeads, int headSize) {
        return new AttentionShape(batch, sequence, sequence, sequence, heads, keyValueHeads, headSize);
    }

    /** Query tokens in the batch. */
    public int tokens() {
        return batch * queries;
    }

    /** Width of the fused projection: all queries, all keys, all values. */
    public int qkvWidth() {
        return (heads + 2 * keyValueHeads) * headSize;
    }
}
