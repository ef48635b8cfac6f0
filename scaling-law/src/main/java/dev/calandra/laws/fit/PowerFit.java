package dev.calandra.laws.fit;

import dev.calandra.laws.records.PowerProduct;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;

/**
 * A power law through the best values of many cells. Which sizes it depends on is given, or chosen by leaving out each cell in turn.
 *
 * @param knob what it chooses
 * @param variables that it depends on
 * @param line through the logarithms
 * @param errors root of the mean square error of cells left out, by candidate set of variables
 */
record PowerFit(Knob knob, List<String> variables, PowerLine line, Map<String, Double> errors) {
    private static final List<List<String>> CANDIDATES = List.of(
            List.of("flops"),
            List.of("tokens"),
            List.of("parameters", "tokens"),
            List.of("active_parameters", "tokens"));

    /**
     * Fits.
     *
     * @param form variables that the law depends on; null to choose
     * @return null if no candidate can be told from these cells
     */
    static PowerFit of(Knob knob, List<Bowl> bowls, List<String> form) {
        Map<String, Double> errors = new LinkedHashMap<>();
        List<String> best = null;
        double least = Double.POSITIVE_INFINITY;
        for (List<String> candidate : form == null ? CANDIDATES : List.of(form)) {
            if (!bowls.stream().allMatch(bowl -> bowl.cell().point().keySet().containsAll(candidate))
                    || bowls.size() < candidate.size() + 2) {
                continue;
            }
            double leftOut = leftOut(knob, candidate, bowls);
            if (Double.isFinite(leftOut)) {
                errors.put(String.join(" and ", candidate), leftOut);
                // A law with more exponents has to earn them.
                if (leftOut < 0.99 * least) {
                    least = leftOut;
                    best = candidate;
                }
            }
        }
        if (best == null) {
            return null;
        }
        return new PowerFit(knob, best, line(knob, best, bowls), errors);
    }

    private static double leftOut(Knob knob, List<String> variables, List<Bowl> bowls) {
        double squares = 0;
        double weights = 0;
        for (Bowl one : bowls) {
            List<Bowl> others = new ArrayList<>(bowls);
            others.remove(one);
            PowerLine line = line(knob, variables, others);
            if (line == null) {
                return Double.NaN;
            }
            double miss = one.log(knob) - line.at(logs(variables, one));
            double weight = 1 / (Math.pow(one.error(knob), 2) + 0.01);
            squares += weight * miss * miss;
            weights += weight;
        }
        return Math.sqrt(squares / weights);
    }

    private static PowerLine line(Knob knob, List<String> variables, List<Bowl> bowls) {
        return PowerLine.fit(
                logs(variables, bowls),
                bowls.stream().mapToDouble(bowl -> bowl.log(knob)).toArray(),
                bowls.stream().mapToDouble(bowl -> bowl.error(knob)).toArray());
    }

    private static double[][] logs(List<String> variables, List<Bowl> bowls) {
        return bowls.stream().map(bowl -> logs(variables, bowl)).toArray(double[][]::new);
    }

    private static double[] logs(List<String> variables, Bowl bowl) {
        return variables.stream()
                .mapToDouble(variable -> Math.log(bowl.cell().point().get(variable)))
                .toArray();
    }

    /** Names of the constants in a law file. */
    List<String> names() {
        List<String> names = new ArrayList<>(List.of(knob.target() + ".coefficient"));
        variables.forEach(variable -> names.add(knob.target() + "." + variable));
        return names;
    }

    /** The constants: coefficient, then exponents. */
    double[] values() {
        return line.constants();
    }

    /** The constants of one bootstrap draw, null if the draw makes no line. */
    double[] draw(List<Bowl> bowls, RandomGenerator random) {
        double tail = Tail.draw(random, line.freedom());
        double[] errors = bowls.stream().mapToDouble(bowl -> bowl.error(knob)).toArray();
        return line.draw(logs(variables, bowls), errors, tail, random);
    }

    PowerProduct rule() {
        double[] values = values();
        Map<String, Double> exponents = new LinkedHashMap<>();
        for (int k = 0; k < variables.size(); k++) {
            exponents.put(variables.get(k), values[k + 1]);
        }
        return new PowerProduct(values[0], exponents);
    }
}
