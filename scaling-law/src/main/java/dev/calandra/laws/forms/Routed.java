package dev.calandra.laws.forms;

import java.util.List;

/**
 * log10 L = a log10 N + b log10 E' + c log10 N log10 E' + d, with the number of experts E saturated at both ends:
 * 1 / E' = 1 / (E - 1 + (1 / E_start - 1 / E_max)^-1) + 1 / E_max (Clark et al., arXiv 2202.01169, equations 8 and 13). N are the parameters
 * of the dense model that a token's path resembles.
 */
public record Routed() implements LossForm {

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
    public double loss(double[] c, double[] x) {
        double n = Math.log10(x[0]);
        double e = Math.log10(saturated(x[1], c[4], c[5]));
        return Math.pow(10, c[0] * n + c[1] * e + c[2] * n * e + c[3]);
    }

    /** E' of E experts. */
    public static double saturated(double experts, double start, double most) {
        return 1 / (1 / (experts - 1 + 1 / (1 / start - 1 / most)) + 1 / most);
    }
}
