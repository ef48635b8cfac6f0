package dev.calandra.engine.cpu;

import dev.calandra.engine.AttentionShape;
import dev.calandra.engine.DType;
import dev.calandra.engine.Tensor;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Causal attention within documents. A block of queries meets all keys it may see at once: from the earliest document
 * start in the block to its last query; keys beyond are never multiplied. The scores of a block stay in the worker's scratch;
 * the backward pass computes them again from the kept log-sum-exp (Dao et al., arXiv 2205.14135).
 */
final class Attention {

    private static final int QUERIES = 64;
    private static final int SCORES = 0;
    private static final int GRADIENTS = 1;
    private static final int TOTALS = 2;

    private final Workers workers;
    private final Scratch scratch;
    private final Blas blas;

    Attention(Workers workers, Scratch scratch, Blas blas) {
        this.workers = workers;
        this.scratch = scratch;
        this.blas = blas;
    }

    /** A block of queries of one head, and the keys it meets. */
    private record Block(int sequence, int head, int first, int end, int firstKey, int endKey) {
        int rows() {
            return end - first;
        }

        int keys() {
            return endKey - firstKey;
        }
    }

    private static Block block(AttentionShape s, Tensor documentStart, int sequence, int head, int first) {
        int end = Math.min(s.queries(), first + QUERIES);
        int offset = s.keys() - s.queries();
        int firstKey = s.keys();
        for (int i = first; i < end; i++) {
            firstKey = Math.min(firstKey, start(s, documentStart, sequence, i));
        }
        return new Block(sequence, head, first, end, firstKey, end + offset);
    }

    private static int start(AttentionShape s, Tensor documentStart, int sequence, int query) {
        int start = documentStart.getInt((long) sequence * s.queries() + query);
        if (start < 0 || start > s.keys() - s.queries() + query) {
            throw new IllegalArgumentException("document start " + start + " of query " + query + " in sequence "
                    + sequence + " lies behind the query");
        }
        return start;
    }

    void forward(Tensor q, Tensor k, Tensor v, Tensor documentStart, AttentionShape s, Tensor out, Tensor lse) {
        requireShapes(q, k, v, documentStart, s, out, lse);
        int blocks = (s.queries() + QUERIES - 1) / QUERIES;
        int heads = s.batch() * s.heads();
        workers.parallel(blocks * heads, (task, worker) -> {
            // The last blocks meet the most keys: they go first.
            int first = (blocks - 1 - task / heads) * QUERIES;
            int head = task % heads;
            Block block = block(s, documentStart, head / s.heads(), head % s.heads(), first);
            forwardBlock(block, q, k, v, documentStart, s, out, lse, worker);
        });
    }

    private void forwardBlock(
            Block b,
            Tensor q,
            Tensor k,
            Tensor v,
            Tensor documentStart,
            AttentionShape s,
            Tensor out,
            Tensor lse,
            int worker) {
        int c = s.headSize();
        int keys = b.keys();
        long scores = scratch.floats(worker, SCORES, (long) b.rows() * keys);
        long totals = scratch.floats(worker, TOTALS, QUERIES);
        blas.multiplyTransposed(b.rows(), keys, c, query(q, s, b), c, key(k, s, b), c, 0f, scores, keys);
        float scale = scale(s);
        for (int i = b.first(); i < b.end(); i++) {
            long row = scores + 4L * (i - b.first()) * keys;
            int from = start(s, documentStart, b.sequence(), i) - b.firstKey();
            int to = s.keys() - s.queries() + i + 1 - b.firstKey();
            float max = SoftMax.maximum(row, from, to) * scale;
            float total = exponentials(row, from, to, keys, scale, max);
            Lanes.set(totals + 4L * (i - b.first()), total);
            Lanes.set(lse.address() + 4 * statistic(s, b, i), max + (float) Math.log(total));
        }
        int width = s.heads() * c;
        long to = output(out, s, b);
        blas.multiply(b.rows(), c, keys, scores, keys, key(v, s, b), c, 0f, to, width);
        for (int r = 0; r < b.rows(); r++) {
            Elementwise.scaleRow(to + 4L * r * width, 1f / Lanes.get(totals + 4L * r), c);
        }
    }

    /** row = e^(scale·row - max) over from to to, zero elsewhere; returns the sum. */
    private static float exponentials(long row, int from, int to, int width, float scale, float max) {
        FloatVector sum = FloatVector.zero(Lanes.F);
        FloatVector shift = FloatVector.broadcast(Lanes.F, -max);
        FloatVector factor = FloatVector.broadcast(Lanes.F, scale);
        int i = from / Lanes.N * Lanes.N;
        Lanes.zeroFloats(row, i);
        for (; i < to; i += Lanes.N) {
            FloatVector e =
                    Lanes.exp(Lanes.load(row + 4L * i, Lanes.below(i, to)).fma(factor, shift));
            if (i < from || i + Lanes.N > to) {
                e = FloatVector.zero(Lanes.F).blend(e, Lanes.between(i, from, to));
            }
            sum = sum.add(e);
            Lanes.store(e, row + 4L * i, Lanes.below(i, width));
        }
        if (i < width) {
            Lanes.zeroFloats(row + 4L * i, width - i);
        }
        return Lanes.sum(sum);
    }

    void backward(
            Tensor dOut,
            Tensor q,
            Tensor k,
            Tensor v,
            Tensor documentStart,
            AttentionShape s,
            Tensor out,
            Tensor lse,
            Tensor dq,
            Tensor dk,
            Tensor dv) {
        requireShapes(q, k, v, documentStart, s, out, lse);
        dOut.require(DType.F32, out.shape());
        dq.require(DType.F32, q.shape());
        dk.require(DType.F32, k.shape());
        dv.require(DType.F32, v.shape());
        if (s.queries() != s.capacity()) {
            throw new IllegalArgumentException("gradients are for training, where queries are the keys: " + s);
        }
        int sharing = s.heads() / s.keyValueHeads();
        // One task per key-value head: its query heads add to the same gradients, in order.
        workers.parallel(s.batch() * s.keyValueHeads(), (task, worker) -> {
            int sequence = task / s.keyValueHeads();
            long rows = (long) s.capacity() * s.headSize();
            Lanes.zeroFloats(dk.address() + 4 * task * rows, rows);
            Lanes.zeroFloats(dv.address() + 4 * task * rows, rows);
            for (int head = task % s.keyValueHeads() * sharing, n = 0; n < sharing; head++, n++) {
                for (int first = 0; first < s.queries(); first += QUERIES) {
                    Block block = block(s, documentStart, sequence, head, first);
                    backwardBlock(block, dOut, q, k, v, documentStart, s, out, lse, dq, dk, dv, worker);
                }
            }
        });
    }

    private void backwardBlock(
            Block b,
            Tensor dOut,
            Tensor q,
            Tensor k,
            Tensor v,
            Tensor documentStart,
            AttentionShape s,
            Tensor out,
            Tensor lse,
            Tensor dq,
            Tensor dk,
            Tensor dv,
            int worker) {
        int c = s.headSize();
        int rows = b.rows();
        int keys = b.keys();
        int width = s.heads() * c;
        long scores = scratch.floats(worker, SCORES, (long) rows * keys);
        long gradients = scratch.floats(worker, GRADIENTS, (long) rows * keys);
        long dO = output(dOut, s, b);
        blas.multiplyTransposed(rows, keys, c, query(q, s, b), c, key(k, s, b), c, 0f, scores, keys);
        blas.multiplyTransposed(rows, keys, c, dO, width, key(v, s, b), c, 0f, gradients, keys);
        float scale = scale(s);
        for (int i = b.first(); i < b.end(); i++) {
            long at = 4L * (i - b.first());
            float delta = dot(dO + at * width, output(out, s, b) + at * width, c);
            float logSumExp = Lanes.get(lse.address() + 4 * statistic(s, b, i));
            int from = start(s, documentStart, b.sequence(), i) - b.firstKey();
            int to = i + 1 - b.firstKey();
            scoreGradient(scores + at * keys, gradients + at * keys, from, to, keys, scale, logSumExp, delta);
        }
        blas.transposedMultiply(keys, c, rows, scores, keys, dO, width, 1f, key(dv, s, b), c);
        blas.multiply(rows, c, keys, gradients, keys, key(k, s, b), c, 0f, query(dq, s, b), c);
        blas.transposedMultiply(keys, c, rows, gradients, keys, query(q, s, b), c, 1f, key(dk, s, b), c);
    }

    /** Turns scores into probabilities p, and their gradients dp into scale·p·(dp - delta). */
    private static void scoreGradient(
            long scores, long gradients, int from, int to, int width, float scale, float lse, float delta) {
        exponentials(scores, from, to, width, scale, lse);
        for (int i = 0; i < width; i += Lanes.N) {
            VectorMask<Float> mask = Lanes.below(i, width);
            FloatVector p = Lanes.load(scores + 4L * i, mask);
            FloatVector dp = Lanes.load(gradients + 4L * i, mask);
            Lanes.store(p.mul(dp.sub(delta)).mul(scale), gradients + 4L * i, mask);
        }
    }

    private static float dot(long a, long b, int count) {
        FloatVector sum = FloatVector.zero(Lanes.F);
        for (int i = 0; i < count; i += Lanes.N) {
            VectorMask<Float> mask = Lanes.below(i, count);
            sum = Lanes.load(a + 4L * i, mask).fma(Lanes.load(b + 4L * i, mask), sum);
        }
        return Lanes.sum(sum);
    }

    private static float scale(AttentionShape s) {
        return (float) (1 / Math.sqrt(s.headSize()));
    }

    private static long query(Tensor q, AttentionShape s, Block b) {
        long row = ((long) b.sequence() * s.heads() + b.head()) * s.queries() + b.first();
        return q.address() + 4 * row * s.headSize();
    }

    private static long key(Tensor k, AttentionShape s, Block b) {
        int keyHead = b.head() / (s.heads() / s.keyValueHeads());
        long row = ((long) b.sequence() * s.keyValueHeads() + keyHead) * s.capacity() + b.firstKey();
        return k.address() + 4 * row * s.headSize();
    }

    private static long output(Tensor out, AttentionShape s, Block b) {
        long row = (long) b.sequence() * s.queries() + b.first();
        return out.address() + 4 * (row * s.heads() + b.head()) * s.headSize();
    }

    private static long statistic(AttentionShape s, Block b, int query) {
        return ((long) b.sequence() * s.heads() + b.head()) * s.queries() + query;
    }

    private static void requireShapes(
            Tensor q, Tensor k, Tensor v, Tensor documentStart, AttentionShape s, Tensor out, Tensor lse) {
        q.require(DType.F32, s.batch(), s.heads(), s.queries(), s.headSize());
        k.require(DType.F32, s.batch(), s.keyValueHeads(), s.capacity(), s.headSize());
        v.require(DType.F32, k.shape());
        out.require(DType.F32, s.tokens(), s.heads() * s.headSize());
        lse.require(DType.F32, s.batch(), s.heads(), s.queries());
        documentStart.require(DType.I32);
        if (documentStart.size() != s.tokens()) {
            throw new IllegalArgumentException(documentStart + " document starts for " + s.tokens() + " tokens");
        }
    }
}
