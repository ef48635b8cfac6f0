package dev.calandra.engine.cpu;

import dev.calandra.engine.AttentionShape;
import dev.calandra.engine.DType;
import dev.calandra.engine.Tensor;

/**
 * Causal attention within documents. A {@link QueryBlock} meets all keys it may see at once: from the earliest document
 * start in the block to its last query; keys beyond are never multiplied. The scores of a block stay in the worker's
 * scratch; the backward pass computes them again from the kept log-sum-exp (Dao et al., arXiv 2205.14135).
 */
final class Attention {

    private static final int SCORES = 0;
    private static final int SCORE_GRADIENTS = 1;
    private static final int QUERIES = 2;
    private static final int ANSWERS = 3;
    private static final int QUERY_GRADIENTS = 4;
    private static final int TOTALS = 5;

    private final Workers workers;
    private final Scratch scratch;
    private final Blas blas;

    Attention(Workers workers, Scratch scratch, Blas blas) {
        this.workers = workers;
        this.scratch = scratch;
        this.blas = blas;
    }

    /** The inputs of both passes, and what the forward pass writes. */
    record Heads(
            Tensor q, Tensor k, Tensor v, Tensor documentStart, AttentionShape shape, Tensor out, Tensor logSumExp) {

        Heads {
            q.require(DType.F32, shape.batch(), shape.heads(), shape.queries(), shape.headSize());
            k.require(DType.F32, shape.batch(), shape.keyValueHeads(), shape.capacity(), shape.headSize());
            v.require(DType.F32, k.shape());
            out.require(DType.F32, shape.tokens(), shape.heads() * shape.headSize());
            logSumExp.require(DType.F32, shape.batch(), shape.heads(), shape.queries());
            documentStart.require(DType.I32);
            if (documentStart.size() != shape.tokens()) {
                throw new IllegalArgumentException(
                        documentStart + " document starts for " + shape.tokens() + " tokens");
            }
        }

        float scale() {
            return (float) (1 / Math.sqrt(shape.headSize()));
        }
    }

    void forward(Heads heads) {
        AttentionShape s = heads.shape();
        int queries = QueryBlock.queries(s);
        int blocks = (s.queries() + queries - 1) / queries;
        int keyHeads = s.batch() * s.keyValueHeads();
        workers.parallel(blocks * keyHeads, (task, worker) -> {
            // The last blocks meet the most keys: they go first.
            int first = (blocks - 1 - task / keyHeads) * queries;
            int keyHead = task % keyHeads;
            forward(
                    heads,
                    QueryBlock.of(
                            s, heads.documentStart(), keyHead / s.keyValueHeads(), keyHead % s.keyValueHeads(), first),
                    worker);
        });
    }

    private void forward(Heads heads, QueryBlock b, int worker) {
        int c = heads.shape().headSize();
        int keys = b.keys();
        long scores = scratch.floats(worker, SCORES, (long) b.rows() * keys);
        long totals = scratch.floats(worker, TOTALS, b.rows());
        long answers = scratch.floats(worker, ANSWERS, (long) b.rows() * c);
        blas.multiplyTransposed(
                b.rows(), keys, c, queries(heads, b, worker), c, b.keys(heads.k()), c, 0f, scores, keys);
        for (int row = 0; row < b.rows(); row++) {
            int i = row % b.size();
            int from = b.from(heads.documentStart(), i);
            long at = scores + 4L * row * keys;
            float max = SoftMaxLoops.maximum(at, from, b.to(i)) * heads.scale();
            float total = SoftMax.exponentials(at, from, b.to(i), keys, heads.scale(), max);
            Lanes.set(totals + 4L * row, total);
            heads.logSumExp().setFloat(b.statistic(row / b.size(), i), max + (float) Math.log(total));
        }
        blas.multiply(b.rows(), c, keys, scores, keys, b.keys(heads.v()), c, 0f, answers, c);
        for (int row = 0; row < b.rows(); row++) {
            long to = b.answer(heads.out(), row / b.size(), row % b.size());
            RowLoops.scale(answers + 4L * row * c, 1f / Lanes.get(totals + 4L * row), to, c);
        }
    }

    /** The block's queries, its heads stacked. */
    private long queries(Heads heads, QueryBlock b, int worker) {
        long perHead = (long) b.size() * heads.shape().headSize();
        long stacked = scratch.floats(worker, QUERIES, b.heads() * perHead);
        for (int h = 0; h < b.heads(); h++) {
            Lanes.copyFloats(b.queries(heads.q(), h), stacked + 4L * h * perHead, perHead);
        }
        return stacked;
    }

    /** Gradients of the inputs, overwritten. */
    record Gradients(Tensor dOut, Tensor dq, Tensor dk, Tensor dv) {

        void require(Heads heads) {
            dOut.require(DType.F32, heads.out().shape());
            dq.require(DType.F32, heads.q().shape());
            dk.require(DType.F32, heads.k().shape());
            dv.require(DType.F32, heads.v().shape());
        }
    }

    void backward(Heads heads, Gradients gradients) {
        gradients.require(heads);
        AttentionShape s = heads.shape();
        if (s.queries() != s.capacity()) {
            throw new IllegalArgumentException("gradients are for training, where queries are the keys: " + s);
        }
        // One task per key-value head: its blocks add to the same gradients, in order.
        workers.parallel(s.batch() * s.keyValueHeads(), (task, worker) -> {
            long elements = (long) s.capacity() * s.headSize();
            Lanes.zeroFloats(gradients.dk().address() + 4 * task * elements, elements);
            Lanes.zeroFloats(gradients.dv().address() + 4 * task * elements, elements);
            for (int first = 0; first < s.queries(); first += QueryBlock.queries(s)) {
                QueryBlock block = QueryBlock.of(
                        s, heads.documentStart(), task / s.keyValueHeads(), task % s.keyValueHeads(), first);
                backward(heads, gradients, block, worker);
            }
        });
    }

    private void backward(Heads heads, Gradients g, QueryBlock b, int worker) {
        int c = heads.shape().headSize();
        int rows = b.rows();
        int keys = b.keys();
        long scores = scratch.floats(worker, SCORES, (long) rows * keys);
        long dScores = scratch.floats(worker, SCORE_GRADIENTS, (long) rows * keys);
        long dOut = scratch.floats(worker, ANSWERS, (long) rows * c);
        long dQueries = scratch.floats(worker, QUERY_GRADIENTS, (long) rows * c);
        long queries = queries(heads, b, worker);
        for (int row = 0; row < rows; row++) {
            Lanes.copyFloats(b.answer(g.dOut(), row / b.size(), row % b.size()), dOut + 4L * row * c, c);
        }
        blas.multiplyTransposed(rows, keys, c, queries, c, b.keys(heads.k()), c, 0f, scores, keys);
        blas.multiplyTransposed(rows, keys, c, dOut, c, b.keys(heads.v()), c, 0f, dScores, keys);
        for (int row = 0; row < rows; row++) {
            scoreGradients(heads, b, row, dOut + 4L * row * c, scores + 4L * row * keys, dScores + 4L * row * keys);
        }
        blas.transposedMultiply(keys, c, rows, scores, keys, dOut, c, 1f, b.keys(g.dv()), c);
        blas.transposedMultiply(keys, c, rows, dScores, keys, queries, c, 1f, b.keys(g.dk()), c);
        blas.multiply(rows, c, keys, dScores, keys, b.keys(heads.k()), c, 0f, dQueries, c);
        for (int h = 0; h < b.heads(); h++) {
            long elements = (long) b.size() * c;
            Lanes.copyFloats(dQueries + 4L * h * elements, b.queries(g.dq(), h), elements);
        }
    }

    /** Turns a row of scores into probabilities p, and their gradients dp into scale·p·(dp - delta), delta = dOut·out. */
    private static void scoreGradients(Heads heads, QueryBlock b, int row, long dOut, long scores, long dScores) {
        int h = row / b.size();
        int i = row % b.size();
        float delta =
                RowLoops.dot(dOut, b.answer(heads.out(), h, i), heads.shape().headSize());
        float logSumExp = heads.logSumExp().getFloat(b.statistic(h, i));
        int from = b.from(heads.documentStart(), i);
        SoftMax.backward(scores, dScores, from, b.to(i), b.keys(), heads.scale(), logSumExp, delta);
    }
}
