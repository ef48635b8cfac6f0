package dev.calandra.engine.nd4j;

import dev.calandra.engine.RouterShape;
import java.util.Arrays;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.ops.transforms.Transforms;

/**
 * Group-limited choice of experts and the weights of the chosen.
 *
 * <p>The choice is made on scores rounded to F32, as every implementation in use does, because ties are part of it: two
 * scores that are equal in F32 go to the lower index even where doubles would tell them apart.
 */
final class Router {

    /** Keeps the weights finite when every chosen score has underflown. */
    private static final double SUM_FLOOR = 1e-20;

    private static final int SCORES_PER_GROUP = 2;

    /** What a NaN counts as: below every score, and finite when two are added. */
    private static final float LOWEST = -1e30f;

    private final RouterShape shape;

    Router(RouterShape shape) {
        this.shape = shape;
    }

    /** Chosen experts [T·K], in falling order of biased score: logits [T, E], bias [E]. */
    int[] choose(INDArray logits, double[] bias) {
        double[] scores = Copies.doubles(Transforms.sigmoid(logits, true));
        int[] chosen = new int[logits.rows() * shape.topK()];
        float[] biased = new float[shape.experts()];
        for (int t = 0; t < logits.rows(); t++) {
            for (int e = 0; e < biased.length; e++) {
                float score = (float) scores[t * biased.length + e] + (float) bias[e];
                biased[e] = Float.isNaN(score) ? LOWEST : score;
            }
            System.arraycopy(chooseOne(biased), 0, chosen, t * shape.topK(), shape.topK());
        }
        return chosen;
    }

    private int[] chooseOne(float[] biased) {
        int size = shape.experts() / shape.groups();
        float[] groupScores = new float[shape.groups()];
        for (int group = 0; group < groupScores.length; group++) {
            float[] ofGroup = Arrays.copyOfRange(biased, group * size, (group + 1) * size);
            for (int best : best(ofGroup, all(size), Math.min(SCORES_PER_GROUP, size))) {
                groupScores[group] += ofGroup[best];
            }
        }
        boolean[] competes = new boolean[biased.length];
        for (int group : best(groupScores, all(groupScores.length), shape.keptGroups())) {
            Arrays.fill(competes, group * size, (group + 1) * size, true);
        }
        return best(biased, competes, shape.topK());
    }

    /** The candidates of the highest scores, highest first, ties to the lower index. */
    private static int[] best(float[] scores, boolean[] candidates, int count) {
        boolean[] left = candidates.clone();
        int[] chosen = new int[count];
        for (int i = 0; i < count; i++) {
            int best = -1;
            for (int j = 0; j < scores.length; j++) {
                if (left[j] && (best < 0 || scores[j] > scores[best])) {
                    best = j;
                }
            }
            left[best] = false;
            chosen[i] = best;
        }
        return chosen;
    }

    private static boolean[] all(int count) {
        boolean[] all = new boolean[count];
        Arrays.fill(all, true);
        return all;
    }

    /** Weights [T, K]: unbiased scores of the chosen over their sum, times the scaling. */
    INDArray weights(INDArray logits, int[] chosen) {
        INDArray scores = chosenScores(logits, chosen);
        return scores.divColumnVector(scores.sum(true, 1).addi(SUM_FLOOR)).muli(shape.scaling());
    }

    /** dLogits [T, E] for dWeights [T, K]; zero for experts that were not chosen. */
    INDArray inputGrad(INDArray dWeights, INDArray logits, int[] chosen) {
        INDArray scores = chosenScores(logits, chosen);
        INDArray sum = scores.sum(true, 1).addi(SUM_FLOOR);
        INDArray mean = dWeights.mul(scores).sum(true, 1).divi(sum);
        INDArray dScores = dWeights.subColumnVector(mean).diviColumnVector(sum).muli(shape.scaling());
        INDArray dChosen = scores.rsub(1.0).muli(scores).muli(dScores);
        INDArray dLogits = Rows.zeros(logits.rows(), logits.columns());
        for (int i = 0; i < chosen.length; i++) {
            int token = i / shape.topK();
            dLogits.putScalar(token, chosen[i], dChosen.getDouble(token, i % shape.topK()));
        }
        return dLogits;
    }

    private INDArray chosenScores(INDArray logits, int[] chosen) {
        INDArray scores = Rows.zeros(logits.rows(), shape.topK());
        for (int i = 0; i < chosen.length; i++) {
            int token = i / shape.topK();
            scores.putScalar(token, i % shape.topK(), logits.getDouble(token, chosen[i]));
        }
        return Transforms.sigmoid(scores, false);
    }
}
