package dev.calandra.engine.cpu;

import dev.calandra.engine.DType;
import dev.calandra.engine.Tensor;

/**
 * The output head with its loss, a block of tokens at a time: the logits of a block are turned into exponentials in place,
 * and these serve both gradients.
 *
 * <p>With e = exp(logit - max), their sum S and the factor f = lossScale / S, the gradient of the logits is f·(e - S at the
 * target). The factor is never applied to the logits: it scales rows of dh, and of the copy of h that dw reads, both of which
 * are far narrower than the vocabulary.
 */
final class CrossEntropy {

    /** Logits kept at a time, in elements: a block of tokens times the vocabulary. */
    private static final int LOGITS = 1 << 22;

    /** Tokens of a task. */
    private static final int ROWS = 256;
    /** Words whose weights' gradient a task computes. */
    private static final int WORDS = 256;

    private static final int SCRATCH_LOGITS = 1;
    private static final int SCRATCH_HIDDEN = 2;

    private final Workers workers;
    private final Scratch scratch;
    private final Blas blas;

    CrossEntropy(Workers workers, Scratch scratch, Blas blas) {
        this.workers = workers;
        this.scratch = scratch;
        this.blas = blas;
    }

    /** The operands of one call; gradients are null when only the losses are wanted. */
    record Head(Tensor h, Tensor w, Tensor target, float lossScale, Tensor dh, Tensor dw, Tensor loss) {

        Head {
            w.require(DType.F32, w.dim(0), h.require(DType.F32).columns());
            target.require(DType.I32, h.rows());
            loss.require(DType.F32, h.rows());
            if (dh != null) {
                dh.require(DType.F32, h.shape());
                dw.require(DType.F32, w.shape());
            }
        }

        int width() {
            return h.columns();
        }

        int vocabulary() {
            return w.dim(0);
        }

        /** Address of a token's row of h or dh. */
        long row(Tensor rows, int token) {
            return rows.address() + 4L * token * width();
        }
    }

    /** Tokens first to end and where their logits and scaled hidden states stand. */
    private record Block(int first, int end, long logits, long hidden) {}

    void compute(Head head) {
        int tokens = head.h().rows();
        int size = Math.min(tokens, Math.max(ROWS, LOGITS / head.vocabulary() / ROWS * ROWS));
        long logits = scratch.sharedFloats(SCRATCH_LOGITS, (long) size * head.vocabulary());
        long hidden = scratch.sharedFloats(SCRATCH_HIDDEN, (long) size * head.width());
        for (int first = 0; first < tokens; first += size) {
            Block block = new Block(first, Math.min(tokens, first + size), logits, hidden);
            losses(head, block);
            if (head.dw() != null) {
                weightGradient(head, block);
            }
        }
    }

    private void losses(Head head, Block block) {
        int width = head.width();
        int vocabulary = head.vocabulary();
        workers.parallel((block.end() - block.first() + ROWS - 1) / ROWS, (task, worker) -> {
            int first = block.first() + task * ROWS;
            int rows = Math.min(block.end() - first, ROWS);
            long panel = block.logits() + 4L * (first - block.first()) * vocabulary;
            long h = head.row(head.h(), first);
            long w = head.w().address();
            blas.multiplyTransposed(rows, vocabulary, width, h, width, w, width, 0f, panel, vocabulary);
            if (head.dh() != null) {
                long dh = head.row(head.dh(), first);
                long scaled = block.hidden() + 4L * (first - block.first()) * width;
                float[] factors = tokens(head, first, rows, panel);
                blas.multiply(rows, width, vocabulary, panel, vocabulary, w, width, 0f, dh, width);
                for (int r = 0; r < rows; r++) {
                    RowLoops.scale(dh + 4L * r * width, factors[r], dh + 4L * r * width, width);
                    RowLoops.scale(h + 4L * r * width, factors[r], scaled + 4L * r * width, width);
                }
            } else {
                tokens(head, first, rows, panel);
            }
        });
    }

    /** Losses of a task's tokens; leaves e - S at the target in the panel and returns each token's factor f. */
    private static float[] tokens(Head head, int first, int rows, long panel) {
        int vocabulary = head.vocabulary();
        float[] factors = new float[rows];
        for (int r = 0; r < rows; r++) {
            long row = panel + 4L * r * vocabulary;
            int target = head.target().getInt(first + r);
            if (target < 0) {
                Lanes.zeroFloats(row, vocabulary);
                head.loss().setFloat(first + r, 0f);
                continue;
            }
            if (target >= vocabulary) {
                throw new IndexOutOfBoundsException("target " + target + " is outside the vocabulary of " + vocabulary);
            }
            float max = SoftMaxLoops.maximum(row, 0, vocabulary);
            float logit = Lanes.get(row + 4L * target);
            float total = SoftMax.exponentials(row, 0, vocabulary, vocabulary, 1f, max);
            head.loss().setFloat(first + r, (float) (Math.log(total) + max - logit));
            Lanes.set(row + 4L * target, Lanes.get(row + 4L * target) - total);
            factors[r] = head.lossScale() / total;
        }
        return factors;
    }

    private void weightGradient(Head head, Block block) {
        int width = head.width();
        int vocabulary = head.vocabulary();
        int tokens = block.end() - block.first();
        workers.parallel((vocabulary + WORDS - 1) / WORDS, (task, worker) -> {
            int from = task * WORDS;
            int count = Math.min(WORDS, vocabulary - from);
            long logits = block.logits() + 4L * from;
            long dw = head.dw().address() + 4L * from * width;
            blas.transposedMultiply(count, width, tokens, logits, vocabulary, block.hidden(), width, 1f, dw, width);
        });
    }
}
