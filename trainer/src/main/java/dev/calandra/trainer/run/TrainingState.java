package dev.calandra.trainer.run;

import dev.calandra.configs.CheckpointException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Everything but tensors that a run needs to go on as if it had never stopped. Immutable: the loop replaces it at each
 * step.
 *
 * @param step steps done
 * @param optimizerSteps of those, steps in which the weights moved; counts for AdamW's bias corrections
 * @param nextSample index of the first sample not yet used
 * @param skipped steps without an optimizer step
 * @param nonFiniteInARow how many of the latest steps were not finite
 * @param spikesInARow how many of the latest steps were spikes
 * @param deferred batches to be tried again, in the order they were skipped
 * @param losses window of the loss's spike detector
 * @param norms window of the gradient norm's spike detector
 */
public record TrainingState(
        long step,
        long optimizerSteps,
        long nextSample,
        long skipped,
        int nonFiniteInARow,
        int spikesInARow,
        List<DeferredBatch> deferred,
        List<Double> losses,
        List<Double> norms) {

    /** Before the first step. */
    public static final TrainingState START = new TrainingState(0, 0, 0, 0, 0, 0, List.of(), List.of(), List.of());

    public TrainingState {
        deferred = List.copyOf(deferred);
        losses = List.copyOf(losses);
        norms = List.copyOf(norms);
    }

    /** This state without the deferred batches that begin before a sample, which can no longer be had. */
    public TrainingState withoutDeferredBefore(long sample) {
        return new TrainingState(
                step,
                optimizerSteps,
                nextSample,
                skipped,
                nonFiniteInARow,
                spikesInARow,
                deferred.stream().filter(batch -> batch.firstSample() >= sample).toList(),
                losses,
                norms);
    }

    /** As it stands in a checkpoint's state: numbers, strings, lists and maps only. */
    public Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("step", step);
        map.put("optimizer_steps", optimizerSteps);
        map.put("next_sample", nextSample);
        map.put("skipped", skipped);
        map.put("non_finite_in_a_row", nonFiniteInARow);
        map.put("spikes_in_a_row", spikesInARow);
        map.put(
                "deferred",
                deferred.stream()
                        .map(d -> List.<Object>of(d.firstSample(), d.dueStep()))
                        .toList());
        map.put("losses", losses);
        map.put("norms", norms);
        return map;
    }

    /**
     * Reads what {@link #toMap} wrote.
     *
     * @throws CheckpointException naming the entry that is missing or of another type
     */
    public static TrainingState fromMap(Map<String, Object> map) {
        List<DeferredBatch> deferred = new ArrayList<>();
        for (Object pair : list(map, "deferred")) {
            if (!(pair instanceof List<?> p)
                    || p.size() != 2
                    || !(p.get(0) instanceof Number sample)
                    || !(p.get(1) instanceof Number due)) {
                throw damaged("deferred", pair);
            }
            deferred.add(new DeferredBatch(sample.longValue(), due.longValue()));
        }
        return new TrainingState(
                number(map, "step"),
                number(map, "optimizer_steps"),
                number(map, "next_sample"),
                number(map, "skipped"),
                Math.toIntExact(number(map, "non_finite_in_a_row")),
                Math.toIntExact(number(map, "spikes_in_a_row")),
                deferred,
                doubles(map, "losses"),
                doubles(map, "norms"));
    }

    private static long number(Map<String, Object> map, String key) {
        return switch (map.get(key)) {
            case Integer i -> i;
            case Long l -> l;
            case null, default -> throw damaged(key, map.get(key));
        };
    }

    private static List<Double> doubles(Map<String, Object> map, String key) {
        List<Double> values = new ArrayList<>();
        for (Object value : list(map, key)) {
            if (!(value instanceof Number n)) {
                throw damaged(key, value);
            }
            values.add(n.doubleValue());
        }
        return values;
    }

    private static List<?> list(Map<String, Object> map, String key) {
        if (map.get(key) instanceof List<?> values) {
            return values;
        }
        throw damaged(key, map.get(key));
    }

    private static CheckpointException damaged(String key, Object value) {
        return new CheckpointException("checkpoint state: training." + key + " is " + value
                + "; this checkpoint was not written by this trainer, resume from another");
    }
}
