package dev.calandra.trainer.optimizer;

/**
 * Balances experts without a loss term, by moving the bias that takes part in choosing them (Wang et al., arXiv
 * 2408.15664; zero-mean form of Ling 2.0, arXiv 2510.22115, 2.2):
 *
 * <pre>
 *   e_i = mean_j load_j - load_i        b_i += u · (sign(e_i) - mean_j sign(e_j))
 * </pre>
 *
 * @param rate u; 0 leaves the biases alone
 */
public record ExpertBias(double rate) {

    public ExpertBias {
        if (!(rate >= 0) || Double.isInfinite(rate)) {
            throw new IllegalArgumentException("rate of the expert-bias update: " + rate);
        }
    }

    /**
     * The update when a run is so far.
     *
     * @param finalRatio what share of the rate is left at the end; it falls linearly
     * @param progress of the run, from 0 to 1
     */
    public ExpertBias at(double finalRatio, double progress) {
        return new ExpertBias(rate * (1 - (1 - finalRatio) * Math.clamp(progress, 0, 1)));
    }

    /** @return whether the update changes anything */
    public boolean active() {
        return rate > 0;
    }

    /**
     * The biases after one step.
     *
     * @param bias [E]
     * @param load tokens that chose each expert in the step [E]
     */
    public float[] updated(float[] bias, long[] load) {
        if (bias.length != load.length) {
            throw new IllegalArgumentException(bias.length + " biases for loads of " + load.length + " experts");
        }
        if (!active()) {
            return bias.clone();
        }
        int[] sign = signs(load);
        double meanSign = 0;
        for (int s : sign) {
            meanSign += s;
        }
        meanSign /= load.length;
        float[] updated = new float[bias.length];
        for (int i = 0; i < bias.length; i++) {
            updated[i] = (float) (bias[i] + rate * (sign[i] - meanSign));
        }
        return updated;
    }

    /** How far the most popular expert is above the mean: (largest - mean) / mean; 0 without any load. */
    public static double imbalance(long[] load) {
        long total = 0;
        long largest = 0;
        for (long l : load) {
            total += l;
            largest = Math.max(largest, l);
        }
        return total == 0 ? 0 : (double) largest * load.length / total - 1;
    }

    /** sign(mean - load_i), exact: both sides times E. */
    private static int[] signs(long[] load) {
        long total = 0;
        for (long l : load) {
            total += l;
        }
        int[] sign = new int[load.length];
        for (int i = 0; i < load.length; i++) {
            sign[i] = Long.compare(total, load[i] * load.length);
        }
        return sign;
    }
}
