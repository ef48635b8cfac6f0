package dev.calandra.trainer.exchange;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * How much each of k + 1 checkpoints counts in their average, oldest first, and the learning-rate decay that this stands for.
 *
 * <p>With θ_j the checkpoints and g_i = θ_(i-1) - θ_i what was subtracted between two of them, Σ c_j θ_j = θ_0 - Σ w_i g_i where w_i = Σ_(j≥i)
 * c_j: averaging with weights c is training on from θ_0 with the i-th stretch of updates scaled by w_i (WSM, arXiv 2507.17634, section 3; Ling
 * 2.0, arXiv 2510.22115, section 3.2.3). Backwards, c_k = w_k, c_j = w_j - w_(j+1) and c_0 = 1 - w_1.
 *
 * @param checkpoints c_0, …, c_k: not negative, of sum 1
 */
public record MergeWeights(List<Double> checkpoints) {

    /** What double sums may be off by. */
    private static final double ROUNDING = 1e-9;

    /** @throws IllegalArgumentException when the weights are no average */
    public MergeWeights {
        checkpoints = List.copyOf(checkpoints);
        double sum = 0;
        for (double weight : checkpoints) {
            if (!(weight >= 0)) {
                throw new IllegalArgumentException("a checkpoint cannot have the weight " + weight);
            }
            sum += weight;
        }
        if (!(Math.abs(sum - 1) <= ROUNDING)) {
            throw new IllegalArgumentException("weights " + checkpoints + " have the sum " + sum + ", not 1");
        }
    }

    /** All the same: linear decay over evenly spaced checkpoints. */
    public static MergeWeights uniform(int checkpoints) {
        return new MergeWeights(Collections.nCopies(checkpoints, 1.0 / checkpoints));
    }

    /**
     * An exponential moving average that begins at the oldest checkpoint.
     *
     * @param kept share of the average that stays at each newer one, from 0 (the newest alone) to below 1
     */
    public static MergeWeights exponential(int checkpoints, double kept) {
        if (!(kept >= 0 && kept < 1)) {
            throw new IllegalArgumentException("a moving average cannot keep " + kept + "; give 0 to below 1");
        }
        List<Double> weights = new ArrayList<>();
        for (int age = checkpoints - 1; age >= 0; age--) {
            double share = Math.pow(kept, age);
            weights.add(age == checkpoints - 1 ? share : (1 - kept) * share);
        }
        return new MergeWeights(weights);
    }

    /**
     * Those that stand for a decay.
     *
     * @param decay w_1, …, w_k: from 1 to 0, never rising
     */
    public static MergeWeights ofDecay(List<Double> decay) {
        List<Double> weights = new ArrayList<>();
        double before = 1;
        for (double factor : decay) {
            if (!(factor >= 0 && factor <= before)) {
                throw new IllegalArgumentException(
                        "decay " + decay + " must fall from at most 1 to at least 0 without rising");
            }
            weights.add(before - factor);
            before = factor;
        }
        weights.add(before);
        return new MergeWeights(weights);
    }

    /** The decay that these weights stand for: w_1, …, w_k. */
    public List<Double> decay() {
        List<Double> decay = new ArrayList<>();
        double sum = 0;
        for (double weight : checkpoints.subList(1, checkpoints.size()).reversed()) {
            sum += weight;
            decay.add(sum);
        }
        return decay.reversed();
    }
}
