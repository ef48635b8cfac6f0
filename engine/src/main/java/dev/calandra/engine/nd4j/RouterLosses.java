package dev.calandra.engine.nd4j;

import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;
import org.nd4j.linalg.ops.transforms.Transforms;

/** Losses of a router's logits [T, E] beside those of the model's heads. */
final class RouterLosses {

    /** Keeps the shares finite when every score has underflown. */
    private static final double SUM_FLOOR = 1e-20;

    private RouterLosses() {}

    /**
     * The balance of each sequence. All [T, E] but for the sums.
     *
     * @param scores sigmoid of the logits
     * @param shares scores over their sums [T, 1] in a row
     * @param frequencies E / (K·S) times the choices of each expert in the token's sequence
     * @param sequences B, of T / B tokens each
     */
    record Balance(INDArray scores, INDArray sums, INDArray shares, INDArray frequencies, int sequences) {

        /** [B]. */
        double[] losses() {
            double[] ofTokens = Copies.doubles(frequencies.mul(shares).sum(true, 1));
            int length = ofTokens.length / sequences;
            double[] losses = new double[sequences];
            for (int t = 0; t < ofTokens.length; t++) {
                losses[t / length] += ofTokens[t] / length;
            }
            return losses;
        }

        /** dLogits [T, E] of the sum of losses times {@code scale}: by the quotient rule, then that of the sigmoid. */
        INDArray logitsGrad(double scale) {
            long length = scores.rows() / sequences;
            INDArray mean = frequencies.mul(scores).sum(true, 1).divi(sums);
            INDArray dScores = frequencies.subColumnVector(mean).diviColumnVector(sums);
            return scores.rsub(1.0).muli(scores).muli(dScores).muli(scale / length);
        }
    }

    /** @param chosen [T·K] */
    static Balance balance(INDArray logits, int[] chosen, int sequences) {
        int tokens = logits.rows();
        int experts = logits.columns();
        int length = tokens / sequences;
        int topK = chosen.length / tokens;
        double[][] frequencies = new double[tokens][experts];
        for (int i = 0; i < chosen.length; i++) {
            int first = i / topK / length * length;
            for (int t = first; t < first + length; t++) {
                frequencies[t][chosen[i]] += (double) experts / (topK * length);
            }
        }
        INDArray scores = Transforms.sigmoid(logits, true);
        INDArray sums = scores.sum(true, 1).addi(SUM_FLOOR);
        return new Balance(scores, sums, scores.divColumnVector(sums), Nd4j.createFromArray(frequencies), sequences);
    }

    /** Squared log-sum-exp of each token [T, 1]. */
    static INDArray z(INDArray logits) {
        INDArray logSumExp = CrossEntropy.logSumExp(logits);
        return logSumExp.mul(logSumExp);
    }

    /** dLogits [T, E] of the sum of losses times {@code scale}: 2·z·softmax. */
    static INDArray zLogitsGrad(INDArray logits, double scale) {
        INDArray logSumExp = CrossEntropy.logSumExp(logits);
        return Transforms.exp(logits.subColumnVector(logSumExp), false)
                .muliColumnVector(logSumExp)
                .muli(2 * scale);
    }
}
