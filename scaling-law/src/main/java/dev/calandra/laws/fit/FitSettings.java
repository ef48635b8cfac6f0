package dev.calandra.laws.fit;

import dev.calandra.laws.numeric.Resampling;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * How to fit.
 *
 * @param huberDelta of the residuals, infinite for least squares; null for the law's usual one
 * @param logarithmic whether residuals are differences of logarithms of the loss, not of the loss
 * @param fixed constants that are not fitted, by name
 * @param forms variables that laws of learning rate and batch size depend on; those without are chosen by cross-validation
 * @param bootstrap resamples for the intervals; 0 for none
 */
public record FitSettings(
        Double huberDelta,
        boolean logarithmic,
        Map<String, Double> fixed,
        Map<Knob, List<String>> forms,
        Resampling bootstrap) {
    public FitSettings {
        Objects.requireNonNull(bootstrap, "bootstrap");
        fixed = new LinkedHashMap<>(fixed);
        forms = Map.copyOf(forms);
    }

    /** Huber's delta on log losses as usual, nothing fixed. */
    public static FitSettings usual(int bootstrap, long seed) {
        return new FitSettings(null, true, Map.of(), Map.of(), new Resampling(bootstrap, seed));
    }
}
