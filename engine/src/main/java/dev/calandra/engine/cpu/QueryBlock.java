package dev.calandra.engine.cpu;

import dev.calandra.engine.AttentionShape;
import dev.calandra.engine.Tensor;

/**
 * Queries first to end of all heads that share one key-value head, and the keys firstKey to endKey that any of them sees.
 * Row {@code h·size + i} of the block is query first + i of the h-th of those heads: with the heads stacked, the products are
 * as tall as the keys are shared.
 */
record QueryBlock(AttentionShape shape, int sequence, int keyHead, int first, int end, int firstKey) {

    /** Rows that a block should have: tall enough for the products, short enough to waste little above the diagonal. */
    private static final int ROWS = 128;

    private static final int FEWEST_QUERIES = 16;

    /** Queries of a block, of each head. */
    static int queries(AttentionShape shape) {
        return Math.max(FEWEST_QUERIES, ROWS / (shape.heads() / shape.keyValueHeads()));
    }

    /** The block that begins at a query. */
    static QueryBlock of(AttentionShape shape, Tensor documentStart, int sequence, int keyHead, int first) {
        int end = Math.min(shape.queries(), first + queries(shape));
        int firstKey = shape.keys();
        for (int i = first; i < end; i++) {
            firstKey = Math.min(firstKey, documentStart(shape, documentStart, sequence, i));
        }
        return new QueryBlock(shape, sequence, keyHead, first, end, firstKey);
    }

    private static int documentStart(AttentionShape shape, Tensor documentStart, int sequence, int query) {
        int start = documentStart.getInt((long) sequence * shape.queries() + query);
        if (start < 0 || start > shape.keys() - shape.queries() + query) {
            throw new IllegalArgumentException("document start " + start + " of query " + query + " in sequence "
                    + sequence + " lies behind the query");
        }
        return start;
    }

    /** Queries of each head. */
    int size() {
        return end - first;
    }

    /** Query heads. */
    int heads() {
        return shape.heads() / shape.keyValueHeads();
    }

    int rows() {
        return heads() * size();
    }

    /** Keys that the block meets. */
    int keys() {
        return shape.keys() - shape.queries() + end - firstKey;
    }

    /** First key, from the block's first on, that query i of the block sees. */
    int from(Tensor documentStart, int i) {
        return documentStart(shape, documentStart, sequence, first + i) - firstKey;
    }

    /** Key, from the block's first on, after the last that query i of the block sees. */
    int to(int i) {
        return shape.keys() - shape.queries() + first + i + 1 - firstKey;
    }

    private int head(int h) {
        return keyHead * heads() + h;
    }

    /** Address of the block's queries of its h-th head in [batch, H, queries, C]; they are neighbours. */
    long queries(Tensor q, int h) {
        return q.address() + 4 * statistic(h, 0) * shape.headSize();
    }

    /** Address of the block's first key in [batch, G, capacity, C]. */
    long keys(Tensor k) {
        long row = ((long) sequence * shape.keyValueHeads() + keyHead) * shape.capacity() + firstKey;
        return k.address() + 4 * row * shape.headSize();
    }

    /** Address of the answer to query i of the h-th head in [T, H·C]. */
    long answer(Tensor out, int h, int i) {
        long token = (long) sequence * shape.queries() + first + i;
        return out.address() + 4 * (token * shape.heads() + head(h)) * shape.headSize();
    }

    /** Index of query i of the h-th head in [batch, H, queries]. */
    long statistic(int h, int i) {
        return ((long) sequence * shape.heads() + head(h)) * shape.queries() + first + i;
    }
}
