package dev.calandra.trainer.run;

import dev.calandra.configs.CheckpointException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The latest evaluation of a run, as its checkpoints carry it: what retention compares steps by.
 *
 * @param step after which it was made
 * @param bitsPerByte by source
 */
public record Evaluation(long step, Map<String, Double> bitsPerByte) {

    /** Key of an evaluation in a checkpoint's state. */
    static final String KEY = "evaluation";

    private static final String STEP = "step";
    private static final String BY_SOURCE = "bits_per_byte";
    private static final String MEAN = "mean_bits_per_byte";

    public Evaluation {
        bitsPerByte = Map.copyOf(bitsPerByte);
    }

    /** Mean over the sources, each counting the same. */
    public double mean() {
        return bitsPerByte.values().stream()
                .sorted()
                .mapToDouble(Double::doubleValue)
                .average()
                .orElse(Double.NaN);
    }

    /** Validation loss of a checkpoint: the mean of an evaluation that was made of exactly its weights. */
    public static OptionalDouble score(Map<String, Object> checkpointState) {
        if (checkpointState.get(KEY) instanceof Map<?, ?> map
                && checkpointState.get("training") instanceof Map<?, ?> training
                && map.get(MEAN) instanceof Double mean
                && map.get(STEP) != null
                && map.get(STEP).equals(training.get("step"))) {
            return OptionalDouble.of(mean);
        }
        return OptionalDouble.empty();
    }

    /** As it stands in a checkpoint's state. */
    Map<String, Object> toMap() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put(STEP, step);
        map.put(BY_SOURCE, bitsPerByte);
        map.put(MEAN, mean());
        return map;
    }

    /** Reads what {@link #toMap} wrote; empty where a run had not been evaluated yet. */
    static Optional<Evaluation> fromState(Map<String, Object> state) {
        if (!(state.get(KEY) instanceof Map<?, ?> map)) {
            return Optional.empty();
        }
        if (!(map.get(STEP) instanceof Number step) || !(map.get(BY_SOURCE) instanceof Map<?, ?> bySource)) {
            throw damaged(map);
        }
        Map<String, Double> bits = new LinkedHashMap<>();
        bySource.forEach((source, value) -> {
            if (!(value instanceof Number number)) {
                throw damaged(map);
            }
            bits.put(String.valueOf(source), number.doubleValue());
        });
        return Optional.of(new Evaluation(step.longValue(), bits));
    }

    private static CheckpointException damaged(Map<?, ?> map) {
        return new CheckpointException("checkpoint state: evaluation is " + map
                + "; this checkpoint was not written by this trainer, resume from another");
    }
}
