package dev.calandra.laws.records;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/**
 * {@code y = coefficient x product of variable^exponent}, such as a learning rate by parameters and tokens.
 *
 * @param coefficient positive
 * @param exponents by variable, such as {@code flops}, {@code parameters}, {@code active_parameters} or {@code tokens}
 */
public record PowerProduct(double coefficient, Map<String, Double> exponents) {
    public PowerProduct {
        if (!(coefficient > 0)) {
            throw new IllegalArgumentException("no power law has coefficient " + coefficient);
        }
        exponents = new LinkedHashMap<>(exponents);
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
