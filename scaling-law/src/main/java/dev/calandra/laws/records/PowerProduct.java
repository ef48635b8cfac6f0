package dev.calandra.laws.records;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;

/**
 * {@code y = coefficient x product of variable^exponent}, such as a learning rate by parameters and tokens.
 *
 * @param coefficient positive
 * @param exponents by variable, such as {@code flops}, {@code parameters}, {@code active_parameters} or {@code tokens}
 */
public record PowerProduct(double coefficient, Map<String, Double> exponents) {
    static final String COEFFICIENT = ".coefficient";

    public PowerProduct {
        if (!(coefficient > 0)) {
            throw new IllegalArgumentException("no power law has coefficient " + coefficient);
        }
        exponents = new LinkedHashMap<>(exponents);
    }

    /**
     * What a law says of a target, from its constants: {@code TARGET.coefficient}, and {@code TARGET.VARIABLE} for each exponent.
     *
     * @param names of the constants
     * @param values in the order of the names
     * @return empty where the law does not choose the target
     */
    public static Optional<PowerProduct> of(String target, Collection<String> names, double[] values) {
        Map<String, Double> exponents = new LinkedHashMap<>();
        OptionalDouble coefficient = OptionalDouble.empty();
        int i = 0;
        for (String name : names) {
            if (name.equals(target + COEFFICIENT)) {
                coefficient = OptionalDouble.of(values[i]);
            } else if (name.startsWith(target + ".")) {
                exponents.put(name.substring(target.length() + 1), values[i]);
            }
            i++;
        }
        return coefficient.isEmpty()
                ? Optional.empty()
                : Optional.of(new PowerProduct(coefficient.getAsDouble(), exponents));
    }

    /** What the rule depends on. */
    public Set<String> variables() {
        return exponents.keySet();
    }

    /**
     * The rule's value.
     *
     * @param point positive values of at least {@link #variables()}
     * @throws IllegalArgumentException if a variable is missing or not positive
     */
    public double at(Map<String, Double> point) {
        double log = Math.log(coefficient);
        for (Map.Entry<String, Double> factor : exponents.entrySet()) {
            Double value = point.get(factor.getKey());
            if (value == null || !(value > 0)) {
                throw new IllegalArgumentException("a law needs %s, is %s".formatted(factor.getKey(), value));
            }
            log += factor.getValue() * Math.log(value);
        }
        return Math.exp(log);
    }
}
