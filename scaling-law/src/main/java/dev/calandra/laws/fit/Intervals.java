package dev.calandra.laws.fit;

import dev.calandra.laws.numeric.Quantiles;
import dev.calandra.laws.records.Estimate;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** 95 % intervals from draws. */
final class Intervals {
    private Intervals() {}

    /**
     * Estimates with the middle 95 % of their draws; a constant whose draws are all its value was given, and has no interval.
     *
     * @param draws each with one number for each name; may be empty
     */
    static Map<String, Estimate> of(List<String> names, double[] values, List<double[]> draws) {
        Map<String, Estimate> estimates = new LinkedHashMap<>();
        for (int k = 0; k < values.length; k++) {
            int place = k;
            double value = values[k];
            double[] column =
                    draws.stream().mapToDouble(draw -> draw[place]).sorted().toArray();
            boolean given = Arrays.stream(column).allMatch(draw -> draw == value);
            estimates.put(
                    names.get(k),
                    given
                            ? Estimate.exactly(value)
                            : new Estimate(
                                    value, Quantiles.ofSorted(column, 0.025), Quantiles.ofSorted(column, 0.975)));
        }
        return estimates;
    }
}
