package dev.calandra.laws.forms;

import java.util.List;
import java.util.Optional;

/**
 * Efficiency leverage: how many times the compute a dense model needs for the loss of a MoE model (Towards Greater Leverage, arXiv
 * 2507.17702, section 4.2): EL = A'^(a + d log10 C + gamma (log2 G)^2 + beta log2 G), with the share A of active experts saturated as
 * Clark's number of experts is. The paper does not name its logarithms; only these bases give the values in its text.
 */
public record Leverage() implements LossForm {
    private static final double LN_10 = Math.log(10);
    private static final double LN_2 = Math.log(2);

    @Override
    public String name() {
        return "leverage";
    }

    @Override
    public String formula() {
        return "EL = A'^(a + d log10 C + gamma (log2 G)^2 + beta log2 G), 1/A' = 1/(A + (1/A_start - 1/A_max)^-1) + 1/A_max";
    }

    @Override
    public String response() {
        return "leverage";
    }

    @Override
    public List<String> constants() {
        return List.of("a", "d", "gamma", "beta", "A_start", "A_max");
    }

    @Override
    public List<String> variables() {
        return List.of("active_ratio", "granularity", "flops");
    }

    @Override
    public boolean isPositive(int constant) {
        return constant >= 4;
    }

    @Override
    public Optional<String> limitedBy(String constant) {
        return constant.equals("A_max") ? Optional.of("active_ratio") : Optional.empty();
    }

    @Override
    public double gradient(double[] c, double[] logs, double[] gradient) {
        Saturation ratio = Saturation.of(Math.exp(logs[0]), c[4], c[5]);
        double log = Math.log(ratio.value());
        double compute = logs[2] / LN_10;
        double g = logs[1] / LN_2;
        double exponent = c[0] + c[1] * compute + c[2] * g * g + c[3] * g;
        double leverage = Math.exp(exponent * log);
        gradient[0] = leverage * log;
        gradient[1] = leverage * log * compute;
        gradient[2] = leverage * log * g * g;
        gradient[3] = leverage * log * g;
        gradient[4] = leverage * exponent * ratio.byStart();
        gradient[5] = leverage * exponent * ratio.byMost();
        return leverage;
    }
}
