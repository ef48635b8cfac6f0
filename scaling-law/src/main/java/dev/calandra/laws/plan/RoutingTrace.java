package dev.calandra.laws.plan;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;

/**
 * How tokens fell on experts in steps of a run: what {@code balance.trace_every} leaves in {@code metrics.jsonl}.
 *
 * @param loads choices of each expert, one entry for each layer of each step; empty for a balance that is perfect
 */
public record RoutingTrace(List<List<Long>> loads) {

    /** Every expert gets the same. */
    public static final RoutingTrace EVEN = new RoutingTrace(List.of());

    public RoutingTrace {
        loads = loads.stream().map(List::copyOf).toList();
    }

    /** The traced ones of a run's steps; all others are passed over. */
    static RoutingTrace of(List<JsonNode> steps) {
        return new RoutingTrace(steps.stream()
                .flatMap(step -> step.path("balance").valueStream())
                .map(layer -> layer.path("tokens_per_expert"))
                .filter(JsonNode::isArray)
                .map(counts -> counts.valueStream().map(JsonNode::asLong).toList())
                .toList());
    }

    /**
     * How many times more choices than the mean the busiest of so many ranks has, averaged over layers and steps: the others wait
     * for it in every layer.
     *
     * @throws IllegalArgumentException if the experts cannot be dealt out evenly
     */
    public double busiest(int ranks) {
        return loads.stream()
                .mapToDouble(load -> busiest(load, ranks))
                .average()
                .orElse(1);
    }

    private static double busiest(List<Long> load, int ranks) {
        if (load.size() % ranks != 0) {
            throw new IllegalArgumentException(
                    "%d experts of the trace cannot be dealt out to %d ranks".formatted(load.size(), ranks));
        }
        int held = load.size() / ranks;
        long total = 0;
        long largest = 0;
        for (int rank = 0; rank < ranks; rank++) {
            long own = load.subList(rank * held, (rank + 1) * held).stream()
                    .mapToLong(Long::longValue)
                    .sum();
            total += own;
            largest = Math.max(largest, own);
        }
        return total == 0 ? 1 : (double) largest * ranks / total;
    }
}
