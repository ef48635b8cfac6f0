package dev.calandra.engine.nd4j;

import org.nd4j.linalg.api.ndarray.INDArray;

/** Rows in expert order: where each (token, choice) goes, and the way home. */
final class Dispatch {

    private Dispatch() {}

    /**
     * The plan's four index arrays.
     *
     * @param offsets [E + 1]
     * @param slot [T·K]: row of a pair
     * @param token [R]: token of a row
     * @param choice [R]: pair of a row
     */
    record Plan(int[] offsets, int[] slot, int[] token, int[] choice) {}

    /** Sorts pairs by expert, keeping the order of tokens within an expert. */
    static Plan plan(int[] expertOfPair, int topK, int experts) {
        int pairs = expertOfPair.length;
        Plan plan = new Plan(new int[experts + 1], new int[pairs], new int[pairs], new int[pairs]);
        int row = 0;
        for (int expert = 0; expert < experts; expert++) {
            for (int pair = 0; pair < pairs; pair++) {
                if (expertOfPair[pair] == expert) {
                    plan.slot[pair] = row;
                    plan.token[row] = pair / topK;
                    plan.choice[row] = pair;
                    row++;
                }
            }
            plan.offsets[expert + 1] = row;
        }
        if (row != pairs) {
            throw new IllegalArgumentException(pairs - row + " choices name no expert below " + experts);
        }
        return plan;
    }

    /** out[i] = values[index[i]]. */
    static double[] gather(double[] values, int[] index) {
        double[] out = new double[index.length];
        for (int i = 0; i < index.length; i++) {
            out[i] = values[index[i]];
        }
        return out;
    }

    /** out[index[i]] = values[i]; the index is a permutation. */
    static double[] scatter(double[] values, int[] index) {
        double[] out = new double[index.length];
        for (int i = 0; i < index.length; i++) {
            out[index[i]] = values[i];
        }
        return out;
    }

    /** out[t] = sum over k of weight[t·K + k]·y[slot[t·K + k]], [T, D]; weights null for 1. */
    static INDArray combine(INDArray y, double[] weights, int[] slot, int topK) {
        INDArray out = Rows.zeros(slot.length / topK, y.columns());
        for (int pair = 0; pair < slot.length; pair++) {
            INDArray row = Rows.range(y, slot[pair], slot[pair] + 1L);
            Rows.range(out, pair / topK, pair / topK + 1L).addi(weights == null ? row : row.mul(weights[pair]));
        }
        return out;
    }
}
