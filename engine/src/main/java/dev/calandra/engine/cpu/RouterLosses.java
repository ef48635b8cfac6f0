package dev.calandra.engine.cpu;

import dev.calandra.engine.DType;
import dev.calandra.engine.Tensor;

/** Losses of a router's logits beside those of the model's heads: sequence-wise balance and z-loss, with their gradients. */
final class RouterLosses {

    private static final int TOKENS = 64;
    private static final int SCORES = 0;
    private static final int FREQUENCIES = 1;
    private static final double SUM_FLOOR = 1e-20;

    private final Workers workers;
    private final Scratch scratch;

    RouterLosses(Workers workers, Scratch scratch) {
        this.workers = workers;
        this.scratch = scratch;
    }

    void sequenceBalance(Tensor logits, Tensor index, float lossScale, Tensor dLogits, Tensor loss) {
        int tokens = logits.require(DType.F32).rows();
        int experts = logits.columns();
        int topK = index.columns();
        int sequences = Math.toIntExact(loss.require(DType.F32).size());
        index.require(DType.I32, tokens, topK);
        dLogits.require(DType.F32, tokens, experts);
        if (tokens % sequences != 0) {
            throw new IllegalArgumentException(tokens + " tokens in " + sequences + " sequences of equal length");
        }
        int length = tokens / sequences;
        workers.parallel(sequences, (sequence, worker) -> {
            long first = (long) sequence * length;
            long frequencies = scratch.floats(worker, FREQUENCIES, experts);
            count(index.address() + 4 * first * topK, length * topK, experts, frequencies);
            long scores = scratch.floats(worker, SCORES, experts);
            double sum = 0;
            for (long t = first; t < first + length; t++) {
                long row = 4L * t * experts;
                SwiGluLoops.sigmoid(logits.address() + row, scores, experts);
                sum += balanceOfToken(
                        scores, frequencies, experts, lossScale / (double) length, dLogits.address() + row);
            }
            Lanes.set(loss.address() + 4L * sequence, (float) (sum / length));
        });
    }

    /** E times the share of each expert in so many choices: 1 is its even share. */
    private static void count(long index, int choices, int experts, long frequencies) {
        Lanes.zeroFloats(frequencies, experts);
        for (int i = 0; i < choices; i++) {
            int expert = Lanes.getInt(index + 4L * i);
            if (expert < 0 || expert >= experts) {
                throw new IllegalArgumentException("choice of expert " + expert + " of " + experts);
            }
            long at = frequencies + 4L * expert;
            Lanes.set(at, Lanes.get(at) + 1);
        }
        float factor = (float) experts / choices;
        for (int e = 0; e < experts; e++) {
            Lanes.set(frequencies + 4L * e, Lanes.get(frequencies + 4L * e) * factor);
        }
    }

    /**
     * Returns m = sum_e f_e·p_e, whose mean over the tokens is the sequence's loss, and adds scale·dm: with p = s/S the quotient
     * rule gives dm/ds_e = (f_e - m) / S, and ds/dlogit = s·(1 - s).
     */
    private static double balanceOfToken(long scores, long frequencies, int experts, double scale, long dLogits) {
        double sum = SUM_FLOOR;
        double dot = 0;
        for (int e = 0; e < experts; e++) {
            float score = Lanes.get(scores + 4L * e);
            sum += score;
            dot += (double) score * Lanes.get(frequencies + 4L * e);
        }
        double mean = dot / sum;
        for (int e = 0; e < experts; e++) {
            double score = Lanes.get(scores + 4L * e);
            double gradient = scale * score * (1 - score) * (Lanes.get(frequencies + 4L * e) - mean) / sum;
            Lanes.set(dLogits + 4L * e, (float) (Lanes.get(dLogits + 4L * e) + gradient));
        }
        return mean;
    }

    void routerZ(Tensor logits, float lossScale, Tensor dLogits, Tensor loss) {
        int tokens = logits.require(DType.F32).rows();
        int experts = logits.columns();
        dLogits.require(DType.F32, tokens, experts);
        loss.require(DType.F32, tokens);
        workers.parallel((tokens + TOKENS - 1) / TOKENS, (task, worker) -> {
            long exponentials = scratch.floats(worker, SCORES, experts);
            for (int t = task * TOKENS; t < Math.min(tokens, (task + 1) * TOKENS); t++) {
                long row = 4L * t * experts;
                Lanes.copyFloats(logits.address() + row, exponentials, experts);
                double z = zOfToken(exponentials, experts, lossScale, dLogits.address() + row);
                Lanes.set(loss.address() + 4L * t, (float) (z * z));
            }
        });
    }

    /** Returns z = log-sum-exp of the logits, which become exponentials, and adds scale·2·z·softmax. */
    private static double zOfToken(long logits, int experts, float scale, long dLogits) {
        float max = SoftMaxLoops.maximum(logits, 0, experts);
        float sum = SoftMax.exponentials(logits, 0, experts, experts, 1f, max);
        double z = max + Math.log(sum);
        float factor = (float) (2 * scale * z / sum);
        for (int e = 0; e < experts; e++) {
            Lanes.set(dLogits + 4L * e, Lanes.get(dLogits + 4L * e) + factor * Lanes.get(logits + 4L * e));
        }
        return z;
    }
}
