package dev.calandra.laws.fit;

import dev.calandra.laws.table.Runs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * The runs of one model size and number of tokens, over a grid of learning rates and batch sizes.
 *
 * @param point the cell's parameters, tokens and, where the runs have them, active parameters and flops
 * @param rates learning rate of each run
 * @param batches tokens per step of each run
 * @param losses of the runs
 */
public record Cell(Map<String, Double> point, double[] rates, double[] batches, double[] losses) {
    private static final List<String> SIZES = List.of("parameters", "active_parameters", "tokens", "flops");
    private static final double SAME = 1e-3;
    private static final double TOLERANCE = 20 * SAME;

    /** All cells of a grid, in the order of their parameters and tokens. Tokens that differ by rounding to whole steps are one cell's. */
    public static List<Cell> of(Runs runs) {
        Integer[] order = IntStream.range(0, runs.size()).boxed().toArray(Integer[]::new);
        double[] parameters = runs.of("parameters");
        double[] tokens = runs.of("tokens");
        Arrays.sort(
                order,
                (a, b) -> parameters[a] == parameters[b]
                        ? Double.compare(tokens[a], tokens[b])
                        : Double.compare(parameters[a], parameters[b]));
        List<Cell> cells = new ArrayList<>();
        int start = 0;
        for (int i = 1; i <= order.length; i++) {
            if (i == order.length
                    || parameters[order[i]] != parameters[order[start]]
                    || tokens[order[i]] > tokens[order[i - 1]] * (1 + TOLERANCE)) {
                cells.add(of(runs, Arrays.copyOfRange(order, start, i)));
                start = i;
            }
        }
        return cells;
    }

    private static Cell of(Runs runs, Integer[] members) {
        Map<String, Double> point = new LinkedHashMap<>();
        for (String size : SIZES) {
            if (runs.has(size)) {
                point.put(
                        size,
                        Math.exp(Arrays.stream(members)
                                .mapToDouble(i -> Math.log(runs.of(size)[i]))
                                .average()
                                .orElseThrow()));
            }
        }
        return new Cell(
                point,
                pick(runs.of("learning_rate"), members),
                pick(runs.of("batch_tokens"), members),
                pick(runs.of("loss"), members));
    }

    private static double[] pick(double[] values, Integer[] members) {
        return Arrays.stream(members).mapToDouble(i -> values[i]).toArray();
    }

    /** Whether a run of this size belongs here. */
    boolean isOf(double parameters, double tokens) {
        return Math.abs(parameters / point.get("parameters") - 1) <= SAME
                && Math.abs(tokens / point.get("tokens") - 1) <= TOLERANCE;
    }

    /** Number of runs. */
    public int size() {
        return losses.length;
    }

    /** Place of the run with the least loss. */
    public int best() {
        return IntStream.range(0, size())
                .reduce((a, b) -> losses[b] < losses[a] ? b : a)
                .orElseThrow();
    }

    /** Place of the run nearest to a choice, by the distance of logarithms. */
    public int nearest(double rate, double batch) {
        return IntStream.range(0, size())
                .reduce((a, b) -> distance(b, rate, batch) < distance(a, rate, batch) ? b : a)
                .orElseThrow();
    }

    private double distance(int run, double rate, double batch) {
        return Math.hypot(Math.log(rates[run] / rate), Math.log(batches[run] / batch));
    }

    /** Compute for ordering: flops, or parameters times tokens. */
    double compute() {
        return point.getOrDefault("flops", point.get("parameters") * point.get("tokens"));
    }
}
