package dev.calandra.engine.cpu;

import dev.calandra.engine.AttentionShape;
import dev.calandra.engine.DType;
import dev.calandra.engine.Tensor;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

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

        /** Byte offset of a token's query head in [batch, H, queries, C]. */
        long queryOffset(int token, int h) {
            int sequence = token / shape.queries();
            long row = ((long) sequence * shape.heads() + h) * shape.queries() + token % shape.queries();
            return 4L * row * shape.headSize();
        }

        /** Byte offset of a token's key or value head in [batch, G, capacity, C]. */
        long keyOffset(int token, int h) {
            int sequence = token / shape.queries();
            int at = shape.keys() - shape.queries() + token % shape.queries();
            long row = ((long) sequence * shape.keyValueHeads() + h) * shape.capacity() + at;
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
        for (int h = 0; h < shape.heads() + shape.keyValueHeads(); h++) {
            boolean query = h < shape.heads();
            long from = p.head(p.qkv(), t, h);
            long to = query ? q + p.queryOffset(t, h) : k + p.keyOffset(t, h - shape.heads());
            float rstd = Normalisation.inverseRoot(from, c, p.eps());
            Normalisation.scaleRow(from, (query ? p.qNorm() : p.kNorm()).address(), rstd, to, c);
            rotate(to, cos, sin, p.halfRotation(), 1f);
        }
        for (int h = 0; h < shape.keyValueHeads(); h++) {
            long from = p.head(p.qkv(), t, shape.heads() + shape.keyValueHeads() + h);
            Lanes.copyFloats(from, v + p.keyOffset(t, h), c);
        }
    }

    /** Rotates in place; direction 1 forward, -1 back. */
    private static void rotate(long x, long cos, long sin, int half, float direction) {
        long second = x + 4L * half;
        for (int i = 0; i < half; i += Lanes.N) {
            VectorMask<Float> mask = Lanes.below(i, half);
            FloatVector a = Lanes.load(x + 4L * i, mask);
            FloatVector b = Lanes.load(second + 4L * i, mask);
            FloatVector cosine = Lanes.load(cos + 4L * i, mask);
            FloatVector sine = Lanes.load(sin + 4L * i, mask).mul(direction);
            Lanes.store(a.mul(cosine).sub(b.mul(sine)), x + 4L * i, mask);
            Lanes.store(b.mul(cosine).add(a.mul(sine)), second + 4L * i, mask);
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
        for (int h = 0; h < shape.heads() + shape.keyValueHeads(); h++) {
            boolean query = h < shape.heads();
            long gradient = query ? dq + p.queryOffset(t, h) : dk + p.keyOffset(t, h - shape.heads());
            Lanes.copyFloats(gradient, row, c);
            rotate(row, cos, sin, p.halfRotation(), -1f);
            long x = p.head(p.qkv(), t, h);
            Normalisation.backwardRow(
                    row,
                    x,
                    (query ? p.qNorm() : p.kNorm()).address(),
                    Normalisation.inverseRoot(x, c, p.eps()),
                    p.head(dqkv, t, h),
                    false,
                    query ? dqNorm : dkNorm,
                    c);
        }
        for (int h = 0; h < shape.keyValueHeads(); h++) {
            long to = p.head(dqkv, t, shape.heads() + shape.keyValueHeads() + h);
            Lanes.copyFloats(dv + p.keyOffset(t, h), to, c);
        }
    }

    private static void requireHeads(AttentionShape s, Tensor q, Tensor k, Tensor v) {
        q.require(DType.F32, s.batch(), s.heads(), s.queries(), s.headSize());
        k.require(DType.F32, s.batch(), s.keyValueHeads(), s.capacity(), s.headSize());
        v.require(DType.F32, k.shape());
    }
}
