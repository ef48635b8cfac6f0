package dev.calandra.laws.fit;

import dev.calandra.laws.records.PowerProduct;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.random.RandomGenerator;

/**
 * A power law through the best values of many cells: which sizes it depends on is chosen by leaving out each cell in turn.
 *
 * @param target what it chooses
 * @param variables that it depends on
 * @param line through the logarithms
 * @param errors root of the mean square error of cells left out, by candidate set of variables
 */
record PowerFit(String target, List<String> variables, PowerLine line, Map<String, Double> errors) {
    private static final List<List<String>> CANDIDATES = List.of(
            List.of("flops"),
            List.of("tokens"),
            List.of("parameters", "tokens"),
            List.of("active_parameters", "tokens"));

    /**
     * Fits.
     *
     * @param value natural logarithm of the best value
     * @param error its standard error
     * @return null if no candidate can be told from these cells
     */
    static PowerFit choose(
            String target, List<Bowl> bowls, ToDoubleFunction<Bowl> value, ToDoubleFunction<Bowl> error) {
        Map<String, Double> errors = new LinkedHashMap<>();
        List<String> best = null;
        double least = Double.POSITIVE_INFINITY;
        for (List<String> candidate : CANDIDATES) {
            if (!bowls.stream().allMatch(bowl -> bowl.cell().point().keySet().containsAll(candidate))
                    || bowls.size() < candidate.size() + 2) {
                continue;
            }
            double leftOut = leftOut(candidate, bowls, value, error);
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
        return new PowerFit(target, best, line(best, bowls, value, error), errors);
    }

    private static double leftOut(
            List<String> variables, List<Bowl> bowls, ToDoubleFunction<Bowl> value, ToDoubleFunction<Bowl> error) {
        double squares = 0;
        double weights = 0;
        for (Bowl one : bowls) {
            List<Bowl> others = new ArrayList<>(bowls);
            others.remove(one);
            PowerLine line = line(variables, others, value, error);
            if (line == null) {
                return Double.NaN;
            }
            double miss = value.applyAsDouble(one) - line.at(logs(variables, one));
            double weight = 1 / (Math.pow(error.applyAsDouble(one), 2) + 0.01);
            squares += weight * miss * miss;
            weights += weight;
        }
        return Math.sqrt(squares / weights);
    }

    private static PowerLine line(
            List<String> variables, List<Bowl> bowls, ToDoubleFunction<Bowl> value, ToDoubleFunction<Bowl> error) {
        return PowerLine.fit(
                logs(variables, bowls),
                bowls.stream().mapToDouble(value).toArray(),
                bowls.stream().mapToDouble(error).toArray());
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
        List<String> names = new ArrayList<>(List.of(target + ".coefficient"));
        variables.forEach(variable -> names.add(target + "." + variable));
        return names;
    }

    /** The constants: coefficient, then exponents. */
    double[] values() {
        return line.constants();
    }

    /** The constants of one bootstrap draw. */
    double[] draw(List<Bowl> bowls, ToDoubleFunction<Bowl> error, RandomGenerator random) {
        double tail = Tail.draw(random, line.freedom());
        double[] errors = bowls.stream().mapToDouble(error).toArray();
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
