package dev.calandra.laws.forms;

import java.util.List;

/**
 * L = E + a N^-eta + b D^-eta (Gadre et al., arXiv 2403.08540, equation 4, there written with C = 6 N D and the token multiplier
 * M = D / N): one exponent for both, so that over-training at a fixed M moves the loss along parallel lines of compute.
 */
public record Overtraining() implements LossForm {

    @Override
    public String name() {
        return "overtraining";
    }

    @Override
    public String formula() {
        return "L = E + a / N^eta + b / D^eta";
    }

    @Override
    public List<String> constants() {
        return List.of("E", "a", "b", "eta");
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
        double model = Math.exp(-c[3] * logs[0]);
        double data = Math.exp(-c[3] * logs[1]);
        gradient[0] = 1;
        gradient[1] = model;
        gradient[2] = data;
        gradient[3] = -c[1] * model * logs[0] - c[2] * data * logs[1];
        return c[0] + c[1] * model + c[2] * data;
    }
}
