package dev.calandra.laws.fit;

import java.util.List;

/**
 * How well a law fitted without some runs predicts them.
 *
 * @param what which runs were kept back, in words
 * @param fittedRuns how many runs the law was fitted to
 * @param runs the runs kept back
 */
public record HeldOutPrediction(String what, int fittedRuns, List<Residual> runs) {
    public HeldOutPrediction {
        runs = List.copyOf(runs);
    }

    /** Mean of the relative errors' sizes. */
    public double meanError() {
        return runs.stream()
                .mapToDouble(run -> Math.abs(run.relative()))
                .average()
                .orElse(Double.NaN);
    }

    /** Largest relative error's size. */
    public double largestError() {
        return runs.stream().mapToDouble(run -> Math.abs(run.relative())).max().orElse(Double.NaN);
    }

    /** Mean of the relative errors with their signs; positive where the law is too pessimistic. */
    public double bias() {
        return runs.stream().mapToDouble(Residual::relative).average().orElse(Double.NaN);
    }
}
