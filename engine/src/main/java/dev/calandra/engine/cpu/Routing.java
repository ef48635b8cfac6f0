package dev.calandra.engine.cpu;

import dev.calandra.engine.DType;
import dev.calandra.engine.DispatchPlan;
import dev.calandra.engine.RouterShape;
import dev.calandra.engine.Tensor;

/** Which experts a token goes to, and the order that brings the tokens of an expert together. */
final class Routing {

    private static final int TOKENS = 64;
    private static final int SCORES = 0;
    private static final float WEIGHT_EPSILON = 1e-20f;
    /** What a NaN counts as: below every score, above what was taken already, and finite when two are added. */
    private static final float LOWEST = -1e30f;

    private final Workers workers;
    private final Scratch scratch;

    Routing(Workers workers, Scratch scratch) {
        this.workers = workers;
        this.scratch = scratch;
    }

    void route(Tensor logits, Tensor bias, RouterShape shape, Tensor index, Tensor weight) {
        int tokens = logits.require(DType.F32).rows();
        int experts = shape.experts();
        logits.require(DType.F32, tokens, experts);
        bias.require(DType.F32, experts);
        index.require(DType.I32, tokens, shape.topK());
        weight.require(DType.F32, tokens, shape.topK());
        workers.parallel((tokens + TOKENS - 1) / TOKENS, (task, worker) -> {
            Choice choice = new Choice(shape, bias.toFloats());
            long scores = scratch.floats(worker, SCORES, experts);
            for (int t = task * TOKENS; t < Math.min(tokens, (task + 1) * TOKENS); t++) {
                SwiGluLoops.sigmoid(logits.address() + 4L * t * experts, scores, experts);
                long at = (long) t * shape.topK();
                choice.choose(scores, index.address() + 4 * at, weight.address() + 4 * at);
            }
        });
    }

    /** The choice for one token at a time; owns the working arrays. */
    private static final class Choice {
        private final RouterShape shape;
        private final float[] bias;
        private final float[] biased;
        private final float[] groupScore;

        Choice(RouterShape shape, float[] bias) {
            this.shape = shape;
            this.bias = bias;
            this.biased = new float[shape.experts()];
            this.groupScore = new float[shape.groups()];
        }

        void choose(long scores, long index, long weight) {
            for (int e = 0; e < biased.length; e++) {
                float score = Lanes.get(scores + 4L * e) + bias[e];
                biased[e] = Float.isNaN(score) ? LOWEST : score;
            }
            dropWorstGroups();
            float sum = 0;
            for (int k = 0; k < shape.topK(); k++) {
                int best = best(biased, 0, biased.length);
                biased[best] = Float.NEGATIVE_INFINITY;
                Lanes.setInt(index + 4L * k, best);
                sum += Lanes.get(scores + 4L * best);
            }
            for (int k = 0; k < shape.topK(); k++) {
                float score = Lanes.get(scores + 4L * Lanes.getInt(index + 4L * k));
                Lanes.set(weight + 4L * k, score / (sum + WEIGHT_EPSILON) * shape.scaling());
            }
        }

        /** Leaves the experts of the best groups, by the sum of their two best scores, in the competition. */
        private void dropWorstGroups() {
            if (shape.keptGroups() == shape.groups()) {
                return;
            }
            int size = shape.experts() / shape.groups();
            for (int g = 0; g < shape.groups(); g++) {
                groupScore[g] = twoBest(g * size, (g + 1) * size);
            }
            boolean[] kept = new boolean[shape.groups()];
            for (int i = 0; i < shape.keptGroups(); i++) {
                int best = best(groupScore, 0, groupScore.length);
                kept[best] = true;
                groupScore[best] = Float.NEGATIVE_INFINITY;
            }
            for (int e = 0; e < biased.length; e++) {
                if (!kept[e / size]) {
                    biased[e] = Float.NEGATIVE_INFINITY;
                }
            }
        }

        private float twoBest(int from, int to) {
            int first = best(biased, from, to);
            float second = Float.NEGATIVE_INFINITY;
            for (int e = from; e < to; e++) {
                if (e != first) {
                    second = Math.max(second, biased[e]);
                }
            }
            return to - from == 1 ? biased[first] : biased[first] + second;
        }

        /** Index of the largest; the first of equals, and never one already taken while another is left. */
        private static int best(float[] values, int from, int to) {
            int best = from;
            for (int i = from + 1; i < to; i++) {
                if (values[i] > values[best]) {
                    best = i;
                }
            }
            return best;
        }
    }

    void routeBackward(Tensor dWeight, Tensor logits, Tensor index, RouterShape shape, Tensor dLogits) {
        int tokens = logits.require(DType.F32).rows();
        int experts = shape.experts();
        int topK = shape.topK();
        dLogits.require(DType.F32, tokens, experts);
        dWeight.require(DType.F32, tokens, topK);
        index.require(DType.I32, tokens, topK);
        workers.parallel((tokens + TOKENS - 1) / TOKENS, (task, worker) -> {
            long scores = scratch.floats(worker, SCORES, experts);
            for (int t = task * TOKENS; t < Math.min(tokens, (task + 1) * TOKENS); t++) {
                SwiGluLoops.sigmoid(logits.address() + 4L * t * experts, scores, experts);
                long row = dLogits.address() + 4L * t * experts;
                Lanes.zeroFloats(row, experts);
                long at = 4L * t * topK;
                backwardToken(dWeight.address() + at, index.address() + at, scores, shape, row);
            }
        });
    }

    /** With S = sum of chosen scores: ds_k = scaling·(dw_k/S - sum_j dw_j·s_j/S²), dlogit = ds·s·(1 - s). */
    private static void backwardToken(long dWeight, long index, long scores, RouterShape shape, long dLogits) {
        double sum = WEIGHT_EPSILON;
        double dot = 0;
        for (int k = 0; k < shape.topK(); k++) {
            float score = Lanes.get(scores + 4L * Lanes.getInt(index + 4L * k));
            sum += score;
            dot += (double) Lanes.get(dWeight + 4L * k) * score;
        }
        for (int k = 0; k < shape.topK(); k++) {
            int e = Lanes.getInt(index + 4L * k);
            float score = Lanes.get(scores + 4L * e);
            double dScore = shape.scaling() * (Lanes.get(dWeight + 4L * k) / sum - dot / (sum * sum));
            Lanes.set(dLogits + 4L * e, (float) (dScore * score * (1 - score)));
        }
    }

    /** A counting sort: short beside any product, and sequential. */
    void dispatch(Tensor index, DispatchPlan plan) {
        int[] chosen = index.toInts();
        int topK = index.columns();
        plan.slot().require(DType.I32, index.shape());
        int[] next = new int[plan.groups().count() + 1];
        for (int expert : chosen) {
            next[expert + 1]++;
        }
        for (int e = 1; e < next.length; e++) {
            next[e] += next[e - 1];
        }
        plan.groups().offsets().copyFrom(next);
        for (int i = 0; i < chosen.length; i++) {
            int row = next[chosen[i]]++;
            plan.slot().setInt(i, row);
            plan.choice().setInt(row, i);
            plan.token().setInt(row, i / topK);
        }
    }
}
