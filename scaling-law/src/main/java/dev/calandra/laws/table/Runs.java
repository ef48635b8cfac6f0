package dev.calandra.laws.table;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * Runs as numbers, ready to be fitted.
 *
 * @param values by variable, one positive number for each run
 * @param lines of the runs in their file
 * @param heldOut whether a run is kept back for the test
 * @param excluded rows of the file that are no runs here, by rule
 * @param definitions by variable, what it was computed from
 * @param rowsRead rows of the file
 * @param lost rows that were selected and run, but have no loss to count
 */
public record Runs(
        Map<String, double[]> values,
        int[] lines,
        boolean[] heldOut,
        List<Exclusion> excluded,
        Map<String, String> definitions,
        int rowsRead,
        List<Lost> lost) {

    /**
     * A row that would be a run if it had a loss: it has diverged or not ended.
     *
     * @param values of the variables other than the loss
     * @param reason why it is no run
     */
    public record Lost(Map<String, Double> values, String reason) {}

    /** Number of runs, those held out included. */
    public int size() {
        return lines.length;
    }

    /** Values of one variable. */
    public double[] of(String variable) {
        double[] column = values.get(variable);
        if (column == null) {
            throw new IllegalArgumentException("no variable " + variable + " among " + values.keySet());
        }
        return column;
    }

    /** Whether the runs have this variable. */
    public boolean has(String variable) {
        return values.containsKey(variable);
    }

    /** Runs that are fitted. */
    public Runs fitted() {
        return where(i -> !heldOut[i]);
    }

    /** Runs that are kept back. */
    public Runs keptBack() {
        return where(i -> heldOut[i]);
    }

    /** Some of the runs. */
    public Runs where(IntPredicate condition) {
        int[] kept = IntStream.range(0, size()).filter(condition).toArray();
        Map<String, double[]> some = new LinkedHashMap<>();
        values.forEach((name, column) ->
                some.put(name, IntStream.of(kept).mapToDouble(i -> column[i]).toArray()));
        boolean[] back = new boolean[kept.length];
        for (int i = 0; i < kept.length; i++) {
            back[i] = heldOut[kept[i]];
        }
        return new Runs(
                some, IntStream.of(kept).map(i -> lines[i]).toArray(), back, excluded, definitions, rowsRead, lost);
    }
}
