package dev.calandra.engine.cpu;

import dev.calandra.engine.DType;
import dev.calandra.engine.Tensor;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** The two ends of a model: tokens in, losses out. */
final class Ends {

    private static final int TOKENS = 64;
    /** Columns of the embedding's gradient that one task takes, for all tokens in order. */
    private static final int COLUMNS = 64;
    /** Logits kept at a time, in elements: a block of tokens times the vocabulary. */
    private static final int LOGITS = 1 << 22;

    private static final int ROWS = 128;
    private static final int VOCABULARY = 256;
    private static final int SCRATCH_LOGITS = 1;

    private final Workers workers;
    private final Scratch scratch;
    private final Blas blas;

    Ends(Workers workers, Scratch scratch, Blas blas) {
        this.workers = workers;
        this.scratch = scratch;
        this.blas = blas;
    }

    void embedding(Tensor table, Tensor id, Tensor out) {
        int[] ids = ids(id, table);
        int width = table.columns();
        out.require(DType.F32, ids.length, width);
        workers.parallel((ids.length + TOKENS - 1) / TOKENS, (task, worker) -> {
            for (int t = task * TOKENS; t < Math.min(ids.length, (task + 1) * TOKENS); t++) {
                Lanes.copyFloats(table.address() + 4L * ids[t] * width, out.address() + 4L * t * width, width);
            }
        });
    }

    void embeddingBackward(Tensor dOut, Tensor id, Tensor dTable) {
        int[] ids = ids(id, dTable);
        int width = dTable.columns();
        dOut.require(DType.F32, ids.length, width);
        workers.parallel((width + COLUMNS - 1) / COLUMNS, (task, worker) -> {
            int from = task * COLUMNS;
            int count = Math.min(COLUMNS, width - from);
            for (int t = 0; t < ids.length; t++) {
                long to = dTable.address() + 4L * ((long) ids[t] * width + from);
                Elementwise.addRow(to, dOut.address() + 4L * ((long) t * width + from), to, count);
            }
        });
    }

    private static int[] ids(Tensor id, Tensor table) {
        int[] ids = id.toInts();
        int vocabulary = table.require(DType.F32).dim(0);
        for (int token : ids) {
            if (token < 0 || token >= vocabulary) {
                throw new IndexOutOfBoundsException(
                        "token id " + token + " is outside the vocabulary of " + vocabulary);
            }
        }
        return ids;
    }

    void linearCrossEntropy(Tensor h, Tensor w, Tensor target, float lossScale, Tensor dh, Tensor dw, Tensor loss) {
        int tokens = h.require(DType.F32).rows();
        int width = h.columns();
        int vocabulary = w.dim(0);
        w.require(DType.F32, vocabulary, width);
        target.require(DType.I32, tokens);
        loss.require(DType.F32, tokens);
        if (dh != null) {
            dh.require(DType.F32, h.shape());
            dw.require(DType.F32, w.shape());
        }
        int block = Math.max(ROWS, LOGITS / vocabulary / ROWS * ROWS);
        long logits = scratch.sharedFloats(SCRATCH_LOGITS, (long) Math.min(block, tokens) * vocabulary);
        for (int first = 0; first < tokens; first += block) {
            int end = Math.min(tokens, first + block);
            lossesOfBlock(h, w, target, lossScale, dh, loss, first, end, logits);
            if (dw != null) {
                weightGradient(h, dw, first, end, logits);
            }
        }
    }

    private void lossesOfBlock(
            Tensor h,
            Tensor w,
            Tensor target,
            float lossScale,
            Tensor dh,
            Tensor loss,
            int first,
            int end,
            long logits) {
        int width = h.columns();
        int vocabulary = w.dim(0);
        workers.parallel((end - first + ROWS - 1) / ROWS, (task, worker) -> {
            int from = first + task * ROWS;
            int rows = Math.min(end - from, ROWS);
            long panel = logits + 4L * (from - first) * vocabulary;
            long hRows = h.address() + 4L * from * width;
            blas.multiplyTransposed(rows, vocabulary, width, hRows, width, w.address(), width, 0f, panel, vocabulary);
            for (int r = 0; r < rows; r++) {
                long row = panel + 4L * r * vocabulary;
                loss.setFloat(from + r, tokenLoss(row, target.getInt(from + r), vocabulary, dh != null, lossScale));
            }
            if (dh != null) {
                long to = dh.address() + 4L * from * width;
                blas.multiply(rows, width, vocabulary, panel, vocabulary, w.address(), width, 0f, to, width);
            }
        });
    }

    /** The loss of one token; turns its logits into their gradient if asked. */
    private static float tokenLoss(long row, int target, int vocabulary, boolean gradient, float lossScale) {
        if (target < 0) {
            Lanes.zeroFloats(row, vocabulary);
            return 0f;
        }
        if (target >= vocabulary) {
            throw new IndexOutOfBoundsException("target " + target + " is outside the vocabulary of " + vocabulary);
        }
        float max = SoftMax.maximum(row, 0, vocabulary);
        float targetLogit = Lanes.get(row + 4L * target);
        FloatVector sum = FloatVector.zero(Lanes.F);
        for (int i = 0; i < vocabulary; i += Lanes.N) {
            VectorMask<Float> mask = Lanes.below(i, vocabulary);
            FloatVector e = Lanes.exp(Lanes.load(row + 4L * i, mask).sub(max));
            sum = sum.add(e, mask);
            Lanes.store(e, row + 4L * i, mask);
        }
        float total = Lanes.sum(sum);
        if (gradient) {
            scaleToGradient(row, vocabulary, lossScale / total);
            Lanes.set(row + 4L * target, Lanes.get(row + 4L * target) - lossScale);
        }
        return (float) (Math.log(total) + max - targetLogit);
    }

    private static void scaleToGradient(long row, int vocabulary, float factor) {
        for (int i = 0; i < vocabulary; i += Lanes.N) {
            VectorMask<Float> mask = Lanes.below(i, vocabulary);
            Lanes.store(Lanes.load(row + 4L * i, mask).mul(factor), row + 4L * i, mask);
        }
    }

    private void weightGradient(Tensor h, Tensor dw, int first, int end, long logits) {
        int width = h.columns();
        int vocabulary = dw.dim(0);
        long hRows = h.address() + 4L * first * width;
        workers.parallel((vocabulary + VOCABULARY - 1) / VOCABULARY, (task, worker) -> {
            int from = task * VOCABULARY;
            int count = Math.min(VOCABULARY, vocabulary - from);
            blas.transposedMultiply(
                    count,
                    width,
                    end - first,
                    logits + 4L * from,
                    vocabulary,
                    hRows,
                    width,
                    1f,
                    dw.address() + 4L * from * width,
                    width);
        });
    }
}
