package dev.calandra.laws.forms;

import java.util.List;
import java.util.Optional;

/**
 * log10 L = a log10 N + b log10 E' + c log10 N log10 E' + d, with the number of experts E saturated at both ends:
 * 1 / E' = 1 / (E - 1 + (1 / E_start - 1 / E_max)^-1) + 1 / E_max (Clark et al., arXiv 2202.01169, equations 8 and 13). N are the parameters
 * of the dense model that a token's path resembles.
 */
public record Routed() implements LossForm {
    private static final double LN_10 = Math.log(10);

    @Override
    public String name() {
        return "routed";
    }

    @Override
    public String formula() {
        return "log10 L = a log10 N + b log10 E' + c log10 N log10 E' + d, 1/E' = 1/(E - 1 + (1/E_start - 1/E_max)^-1) + 1/E_max";
    }

    @Override
    public List<String> constants() {
        return List.of("a", "b", "c", "d", "E_start", "E_max");
    }

    @Override
    public List<String> variables() {
        return List.of("parameters", "experts");
    }

    @Override
    public boolean isPositive(int constant) {
        return constant >= 4;
    }

    @Override
    public Optional<String> limitedBy(String constant) {
        return constant.equals("E_max") ? Optional.of("experts") : Optional.empty();
    }

    @Override
    public double gradient(double[] c, double[] logs, double[] gradient) {
        double n = logs[0] / LN_10;
        Saturation experts = Saturation.of(Math.exp(logs[1]) - 1, c[4], c[5]);
        double e = Math.log10(experts.value());
        double loss = Math.exp(LN_10 * (c[0] * n + c[1] * e + c[2] * n * e + c[3]));
        gradient[0] = loss * LN_10 * n;
        gradient[1] = loss * LN_10 * e;
        gradient[2] = loss * LN_10 * n * e;
        gradient[3] = loss * LN_10;
        gradient[4] = loss * (c[1] + c[2] * n) * experts.byStart();
        gradient[5] = loss * (c[1] + c[2] * n) * experts.byMost();
        return loss;
    }
}
