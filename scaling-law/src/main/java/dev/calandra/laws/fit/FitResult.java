package dev.calandra.laws.fit;

import dev.calandra.laws.records.Estimate;
import dev.calandra.laws.records.Range;
import dev.calandra.laws.table.Runs;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A fitted law and everything that is known about it.
 *
 * @param law name
 * @param formula for people
 * @param constants with 95 % intervals, in order
 * @param draws bootstrap draws of the constants, in the same order
 * @param criterion what was minimised, in words
 * @param objective its value
 * @param agreement how many of how many starts ended at the same minimum, in words
 * @param runs that were selected, those kept back included
 * @param behind those of them that the law rests on: what it has seen, and so where it may be trusted
 * @param residuals of what was fitted: runs, or the best values of budgets or cells
 * @param residualsOf what the residuals are logarithms of, in words
 * @param test on runs not fitted; empty where there are too few
 * @param conditioning how well the constants are told apart
 * @param tables whatever else the fit shows
 * @param words what the data cannot tell, and what else to know
 */
public record FitResult(
        String law,
        String formula,
        Map<String, Estimate> constants,
        List<double[]> draws,
        String criterion,
        double objective,
        String agreement,
        Runs runs,
        Runs behind,
        List<Residual> residuals,
        String residualsOf,
        Optional<HeldOutPrediction> test,
        Conditioning conditioning,
        List<ResultTable> tables,
        List<String> words) {
    public FitResult {
        constants = new LinkedHashMap<>(constants);
        draws = List.copyOf(draws);
        residuals = List.copyOf(residuals);
        tables = List.copyOf(tables);
        words = List.copyOf(words);
    }

    /** Values of the constants, in order. */
    public double[] values() {
        return constants.values().stream().mapToDouble(Estimate::value).toArray();
    }

    /** Root of the mean square of the residuals as logarithms; NaN without residuals. */
    public double rootMeanSquare() {
        return Math.sqrt(residuals.stream()
                .mapToDouble(run -> Math.pow(Math.log(run.predicted() / run.measured()), 2))
                .average()
                .orElse(Double.NaN));
    }

    /** Smallest and largest value of every variable among the runs that the law rests on. */
    public Map<String, Range> fittedRange() {
        Map<String, Range> range = new LinkedHashMap<>();
        behind.values()
                .forEach((name, column) -> range.put(
                        name,
                        new Range(
                                Arrays.stream(column).min().orElseThrow(),
                                Arrays.stream(column).max().orElseThrow())));
        return range;
    }
}
