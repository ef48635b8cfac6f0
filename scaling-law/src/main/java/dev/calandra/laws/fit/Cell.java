package dev.calandra.laws.fit;

import dev.calandra.laws.table.Runs;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
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
 * @param members places of the runs among those that were grouped
 * @param lost points of the grid that were run and have no loss to compare: diverged, or not finished
 */
public record Cell(
        Map<String, Double> point, double[] rates, double[] batches, double[] losses, int[] members, List<Lost> lost) {
    private static final List<String> SIZES = List.of("parameters", "active_parameters", "tokens", "flops");
    /** What tells cells apart, each with how far it may differ: tokens are rounded to whole steps. */
    private static final Map<String, Double> KEYS = keys();

    /**
     * A point of the grid without a loss.
     *
     * @param rate learning rate
     * @param batch tokens per step
     * @param reason why it has none
     */
    public record Lost(double rate, double batch, String reason) {}

    public Cell {
        lost = List.copyOf(lost);
    }

    private static Map<String, Double> keys() {
        Map<String, Double> keys = new LinkedHashMap<>();
        keys.put("parameters", 1e-3);
        keys.put("active_parameters", 1e-3);
        keys.put("tokens", 0.02);
        return keys;
    }

    /**
     * All cells of a grid, in the order of their parameters, active parameters and tokens. Runs are one cell's where none differs from the
     * smallest of them by more than a thousandth of the parameters or 2 % of the tokens.
     */
    public static List<Cell> of(Runs runs) {
        List<int[]> groups = List.of(IntStream.range(0, runs.size()).toArray());
        for (Map.Entry<String, Double> key : KEYS.entrySet()) {
            if (runs.has(key.getKey())) {
                double[] values = runs.of(key.getKey());
                groups = groups.stream()
                        .flatMap(group -> split(group, values, key.getValue()).stream())
                        .toList();
            }
        }
        return groups.stream().map(members -> of(runs, members)).toList();
    }

    private static List<int[]> split(int[] group, double[] values, double tolerance) {
        int[] order = Arrays.stream(group)
                .boxed()
                .sorted(Comparator.comparingDouble(i -> values[i]))
                .mapToInt(i -> i)
                .toArray();
        List<int[]> parts = new ArrayList<>();
        int start = 0;
        for (int i = 1; i <= order.length; i++) {
            if (i == order.length || values[order[i]] > values[order[start]] * (1 + tolerance)) {
                parts.add(Arrays.copyOfRange(order, start, i));
                start = i;
            }
        }
        return parts;
    }

    private static Cell of(Runs runs, int[] members) {
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
                pick(runs.of("loss"), members),
                members,
                lost(runs, members));
    }

    private static List<Lost> lost(Runs runs, int[] members) {
        return runs.lost().stream()
                .filter(each -> KEYS.entrySet().stream()
                        .filter(key -> runs.has(key.getKey()))
                        .allMatch(key -> {
                            double[] own = pick(runs.of(key.getKey()), members);
                            double value = each.values().get(key.getKey());
                            double least = Arrays.stream(own).min().orElseThrow();
                            double most = Arrays.stream(own).max().orElseThrow();
                            return value <= least * (1 + key.getValue()) && value >= most / (1 + key.getValue());
                        }))
                .map(each -> new Lost(
                        each.values().get("learning_rate"), each.values().get("batch_tokens"), each.reason()))
                .toList();
    }

    private static double[] pick(double[] values, int[] members) {
        return Arrays.stream(members).mapToDouble(i -> values[i]).toArray();
    }

    /** The runs that share the value of one knob with the best of those that have enough others of it; empty of runs if none has. */
    Cell along(Knob knob, int fewest) {
        double[] held = knob.other().of(this);
        int[] places = IntStream.range(0, size())
                .boxed()
                .sorted(Comparator.comparingDouble(i -> losses[i]))
                .map(i -> IntStream.range(0, size())
                        .filter(k -> Math.abs(Math.log(held[k] / held[i])) < 1e-3)
                        .toArray())
                .filter(same -> distinct(pick(knob.of(this), same)) >= fewest)
                .findFirst()
                .orElse(new int[0]);
        return new Cell(
                point, pick(rates, places), pick(batches, places), pick(losses, places), pick(members, places), lost);
    }

    private static int[] pick(int[] values, int[] members) {
        return Arrays.stream(members).map(i -> values[i]).toArray();
    }

    /** Number of different values. */
    static int distinct(double[] values) {
        return (int) Arrays.stream(values).distinct().count();
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

    /** Compute for ordering: flops, or parameters times tokens. */
    double compute() {
        return point.getOrDefault("flops", point.get("parameters") * point.get("tokens"));
    }
}
