package dev.calandra.laws.forms;

import java.util.List;

/** L = E + A / N^alpha + B / D^beta (Hoffmann et al., arXiv 2203.15556, equation 2). */
public record Chinchilla() implements LossForm {

    /**
     * The best split of a budget.
     *
     * @param parameters N
     * @param tokens D
     */
    public record Split(double parameters, double tokens) {}

    @Override
    public String name() {
        return "chinchilla";
    }

    @Override
    public String formula() {
        return "L = E + A / N^alpha + B / D^beta";
    }

    @Override
    public List<String> constants() {
        return List.of("E", "A", "alpha", "B", "beta");
    }

    @Override
    public List<String> variables() {
        return List.of("parameters", "tokens");
    }

    @Override
    public boolean isPositive(int constant) {
        return true;
    }

    @Override
    public double gradient(double[] c, double[] logs, double[] gradient) {
        double model = Math.exp(-c[2] * logs[0]);
        double data = Math.exp(-c[4] * logs[1]);
        gradient[0] = 1;
        gradient[1] = model;
        gradient[2] = -c[1] * model * logs[0];
        gradient[3] = data;
        gradient[4] = -c[3] * data * logs[1];
        return c[0] + c[1] * model + c[3] * data;
    }

    /**
     * Parameters and tokens of least loss where one token costs {@code flopsPerParameter} N (equation 4).
     *
     * @param c constants
     * @param compute FLOPs
     * @param flopsPerParameter training FLOPs per parameter and token, usually 6
     */
    public Split optimum(double[] c, double compute, double flopsPerParameter) {
        double alpha = c[2];
        double beta = c[4];
        double g = Math.pow(alpha * c[1] / (beta * c[3]), 1 / (alpha + beta));
        double product = compute / flopsPerParameter;
        double parameters = g * Math.pow(product, beta / (alpha + beta));
        return new Split(parameters, product / parameters);
    }
}
