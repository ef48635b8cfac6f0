package dev.calandra.laws.fit;

import dev.calandra.laws.records.PowerProduct;
import java.util.ArrayList;
import java.util.Arrays;
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
record PowerFit(String target, List<String> variables, WeightedLine line, Map<String, Double> errors) {
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
            WeightedLine line = line(variables, others, value, error);
            if (line == null) {
                return Double.NaN;
            }
            double miss = value.applyAsDouble(one) - line.at(features(variables, one));
            double weight = 1 / (Math.pow(error.applyAsDouble(one), 2) + 0.01);
            squares += weight * miss * miss;
            weights += weight;
        }
        return Math.sqrt(squares / weights);
    }

    static WeightedLine line(
            List<String> variables, List<Bowl> bowls, ToDoubleFunction<Bowl> value, ToDoubleFunction<Bowl> error) {
        return WeightedLine.fit(
                bowls.stream().map(bowl -> features(variables, bowl)).toArray(double[][]::new),
                bowls.stream().mapToDouble(value).toArray(),
                bowls.stream().mapToDouble(error).toArray());
    }

    static double[] features(List<String> variables, Bowl bowl) {
        double[] features = new double[variables.size() + 1];
        features[0] = 1;
        for (int k = 0; k < variables.size(); k++) {
            features[k + 1] = Math.log(bowl.cell().point().get(variables.get(k)));
        }
        return features;
    }

    /** Names of the constants in a law file. */
    List<String> names() {
        List<String> names = new ArrayList<>(List.of(target + ".coefficient"));
        variables.forEach(variable -> names.add(target + "." + variable));
        return names;
    }

    /** The constants: coefficient, then exponents. */
    double[] values() {
        return values(line.coefficients());
    }

    private static double[] values(double[] coefficients) {
        double[] values = coefficients.clone();
        values[0] = Math.exp(values[0]);
        return values;
    }

    /** The constants of one bootstrap draw. */
    double[] draw(List<Bowl> bowls, ToDoubleFunction<Bowl> error, RandomGenerator random) {
        double tail = Tail.draw(random, line.freedom());
        double[][] features =
                bowls.stream().map(bowl -> features(variables, bowl)).toArray(double[][]::new);
        double[] errors = bowls.stream().mapToDouble(error).toArray();
        double[] moved = new double[errors.length];
        for (int i = 0; i < moved.length; i++) {
            moved[i] = line.at(features[i]) + tail * Math.hypot(errors[i], line.scatter()) * random.nextGaussian();
        }
        double[] fitted =
                Arrays.stream(errors).map(e -> Math.hypot(e, line.scatter())).toArray();
        return values(WeightedLine.fit(features, moved, fitted).coefficients());
    }

    PowerProduct rule() {
        Map<String, Double> exponents = new LinkedHashMap<>();
        for (int k = 0; k < variables.size(); k++) {
            exponents.put(variables.get(k), line.coefficients()[k + 1]);
        }
        return new PowerProduct(Math.exp(line.coefficients()[0]), exponents);
    }
}
