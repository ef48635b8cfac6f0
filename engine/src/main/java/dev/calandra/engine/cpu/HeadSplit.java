package dev.calandra.engine.cpu;

import dev.calandra.engine.AttentionShape;
import dev.calandra.engine.DType;
import dev.calandra.engine.Tensor;

/**
 * From the fused projection [T, (H + 2G)·C] to queries, keys and values by head, normalised and rotated, and the gradients'
 * way back. Half-split rotation of the first 2P elements: with angle a, (x1, x2) becomes (x1·cos a - x2·sin a, x2·cos a +
 * x1·sin a); going back is the rotation by -a.
 */
final class HeadSplit {

    private static final int TOKENS = 32;
    private static final int ROW = 0;
    private static final int PARTIAL = 0;

    private final Workers workers;
    private final Scratch scratch;

    HeadSplit(Workers workers, Scratch scratch) {
        this.workers = workers;
        this.scratch = scratch;
    }

    /** The inputs that forward and backward share. */
    record Projection(
            Tensor qkv,
            Tensor qNorm,
            Tensor kNorm,
            float eps,
            Tensor cos,
            Tensor sin,
            Tensor position,
            AttentionShape shape) {

        Projection {
            qkv.require(DType.F32, shape.tokens(), shape.qkvWidth());
            qNorm.require(DType.F32, shape.headSize());
            kNorm.require(DType.F32, shape.headSize());
            cos.require(DType.F32);
            sin.require(DType.F32, cos.shape());
            position.require(DType.I32);
            if (position.size() != shape.tokens()) {
                throw new IllegalArgumentException(position + " positions for " + shape.tokens() + " tokens");
            }
            if (2 * cos.columns() > shape.headSize()) {
                throw new IllegalArgumentException(
                        "cannot rotate " + 2 * cos.columns() + " of " + shape.headSize() + " elements");
            }
        }

        int halfRotation() {
            return cos.columns();
        }

        /** Byte offset of a token's row in the rotation tables. */
        long tableOffset(int token) {
            int row = position.getInt(token);
            if (row < 0 || (halfRotation() > 0 && row >= cos.dim(0))) {
                throw new IndexOutOfBoundsException(
                        "position " + row + " beyond the " + cos.dim(0) + " of the rotation table");
            }
            return 4L * row * halfRotation();
        }

        /** Address of head h of a token; queries, keys and values are numbered through. */
        long head(Tensor rows, int token, int h) {
            return rows.address() + 4L * ((long) token * shape.qkvWidth() + (long) h * shape.headSize());
        }

        /** Byte offset of a token's first query head in [batch, H, queries, C]. */
        long queryOffset(int token) {
            int sequence = token / shape.queries();
            long row = (long) sequence * shape.heads() * shape.queries() + token % shape.queries();
            return 4L * row * shape.headSize();
        }

        /** Byte offset of a token's first key or value head in [batch, G, capacity, C]. */
        long keyOffset(int token) {
            int sequence = token / shape.queries();
            int at = shape.keys() - shape.queries() + token % shape.queries();
            long row = (long) sequence * shape.keyValueHeads() * shape.capacity() + at;
            return 4L * row * shape.headSize();
        }
    }

    void forward(Projection p, Tensor q, Tensor k, Tensor v) {
        requireHeads(p.shape(), q, k, v);
        int tokens = p.shape().tokens();
        workers.parallel((tokens + TOKENS - 1) / TOKENS, (task, worker) -> {
            for (int t = task * TOKENS; t < Math.min(tokens, (task + 1) * TOKENS); t++) {
                forwardToken(p, t, q.address(), k.address(), v.address());
            }
        });
    }

    private static void forwardToken(Projection p, int t, long q, long k, long v) {
        AttentionShape shape = p.shape();
        int c = shape.headSize();
        long table = p.tableOffset(t);
        long cos = p.cos().address() + table;
        long sin = p.sin().address() + table;
        int half = p.halfRotation();
        long queryStride = 4L * shape.queries() * c;
        long keyStride = 4L * shape.capacity() * c;
        long queries = q + p.queryOffset(t);
        long keys = k + p.keyOffset(t);
        long qNorm = p.qNorm().address();
        long kNorm = p.kNorm().address();
        NormLoops.heads(p.head(p.qkv(), t, 0), shape.heads(), c, qNorm, p.eps(), cos, sin, half, queries, queryStride);
        NormLoops.heads(
                p.head(p.qkv(), t, shape.heads()),
                shape.keyValueHeads(),
                c,
                kNorm,
                p.eps(),
                cos,
                sin,
                half,
                keys,
                keyStride);
        for (int h = 0; h < shape.keyValueHeads(); h++) {
            long from = p.head(p.qkv(), t, shape.heads() + shape.keyValueHeads() + h);
            Lanes.copyFloats(from, v + p.keyOffset(t) + h * keyStride, c);
        }
    }

    void backward(Projection p, Tensor dq, Tensor dk, Tensor dv, Tensor dqkv, Tensor dqNorm, Tensor dkNorm) {
        AttentionShape shape = p.shape();
        requireHeads(shape, dq, dk, dv);
        dqkv.require(DType.F32, p.qkv().shape());
        dqNorm.require(DType.F32, shape.headSize());
        dkNorm.require(DType.F32, shape.headSize());
        int tokens = shape.tokens();
        int c = shape.headSize();
        int tasks = (tokens + TOKENS - 1) / TOKENS;
        long partials = scratch.sharedFloats(PARTIAL, 2L * tasks * c);
        workers.parallel(tasks, (task, worker) -> {
            long row = scratch.floats(worker, ROW, c);
            long qPartial = partials + 4L * task * c;
            long kPartial = partials + 4L * (tasks + task) * c;
            Lanes.zeroFloats(qPartial, c);
            Lanes.zeroFloats(kPartial, c);
            for (int t = task * TOKENS; t < Math.min(tokens, (task + 1) * TOKENS); t++) {
                backwardToken(p, t, dq.address(), dk.address(), dv.address(), dqkv, qPartial, kPartial, row);
            }
        });
        Normalisation.addPartials(partials, tasks, dqNorm.address(), c);
        Normalisation.addPartials(partials + 4L * tasks * c, tasks, dkNorm.address(), c);
    }

    private static void backwardToken(
            Projection p, int t, long dq, long dk, long dv, Tensor dqkv, long dqNorm, long dkNorm, long row) {
        AttentionShape shape = p.shape();
        int c = shape.headSize();
        long table = p.tableOffset(t);
        long cos = p.cos().address() + table;
        long sin = p.sin().address() + table;
        int half = p.halfRotation();
        long queryStride = 4L * shape.queries() * c;
        long keyStride = 4L * shape.capacity() * c;
        NormLoops.headsBackward(
                dq + p.queryOffset(t),
                queryStride,
                p.head(p.qkv(), t, 0),
                shape.heads(),
                c,
                p.qNorm().address(),
                p.eps(),
                cos,
                sin,
                half,
                p.head(dqkv, t, 0),
                dqNorm,
                row);
        NormLoops.headsBackward(
                dk + p.keyOffset(t),
                keyStride,
                p.head(p.qkv(), t, shape.heads()),
                shape.keyValueHeads(),
                c,
                p.kNorm().address(),
                p.eps(),
                cos,
                sin,
                half,
                p.head(dqkv, t, shape.heads()),
                dkNorm,
                row);
        for (int h = 0; h < shape.keyValueHeads(); h++) {
            long to = p.head(dqkv, t, shape.heads() + shape.keyValueHeads() + h);
            Lanes.copyFloats(dv + p.keyOffset(t) + h * keyStride, to, c);
        }
    }

    private static void requireHeads(AttentionShape s, Tensor q, Tensor k, Tensor v) {
        q.require(DType.F32, s.batch(), s.heads(), s.queries(), s.headSize());
        k.require(DType.F32, s.batch(), s.keyValueHeads(), s.capacity(), s.headSize());
        v.require(DType.F32, k.shape());
    }
}
