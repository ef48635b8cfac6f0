package dev.calandra.laws.forms;

import java.util.List;

/**
 * Chinchilla's form with tokens and parameters discounted when data repeats (Muennighoff et al., arXiv 2305.16264, section 3.1): U unique
 * tokens seen 1 + R times count as U + U R_D (1 - e^(-R / R_D)), and parameters beyond those that are best for U tokens are discounted
 * alike with R_N.
 */
public record Repetition() implements LossForm {

    @Override
    public String name() {
        return "repetition";
    }

    @Override
    public String formula() {
        return "L = E + A / N'^alpha + B / D'^beta, D' = U + U R_D (1 - exp(-(D / U - 1) / R_D)), N' alike with R_N";
    }

    @Override
    public List<String> constants() {
        return List.of("E", "A", "alpha", "B", "beta", "R_D", "R_N");
    }

    @Override
    public List<String> variables() {
        return List.of("parameters", "tokens", "unique_tokens");
    }

    @Override
    public double loss(double[] c, double[] x) {
        double unique = Math.min(x[2], x[1]);
        double g = Math.pow(c[2] * c[1] / (c[4] * c[3]), 1 / (c[2] + c[4]));
        double enough = Math.min(g * Math.pow(unique * g, c[4] / c[2]), x[0]);
        double tokens = discounted(unique, x[1], c[5]);
        double parameters = discounted(enough, x[0], c[6]);
        return c[0] + c[1] * Math.pow(parameters, -c[2]) + c[3] * Math.pow(tokens, -c[4]);
    }

    private static double discounted(double fresh, double all, double decay) {
        double repeats = all / fresh - 1;
        return fresh + fresh * decay * -Math.expm1(-repeats / decay);
    }
}
