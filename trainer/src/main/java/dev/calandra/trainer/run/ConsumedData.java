package dev.calandra.trainer.run;

import dev.calandra.configs.CheckpointException;
import dev.calandra.data.MixtureHistory;
import dev.calandra.data.PackedSequence;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What a run really took from each source, counted as batches are drawn, and the mixtures that it took it under. The counts decide nothing;
 * a process that resumes holds them against what the mixtures should have given. Used by one thread.
 */
public final class ConsumedData {

    private final Map<String, Amount> bySource = new TreeMap<>();
    private MixtureHistory history = MixtureHistory.EMPTY;

    /**
     * Taken from one source.
     *
     * @param sequences how many
     * @param tokens of them without padding
     */
    public record Amount(long sequences, long tokens) {
        static final Amount NONE = new Amount(0, 0);
    }

    /** Counts a sequence that a step will use. */
    public void add(String source, PackedSequence window, int sequenceLength) {
        Amount before = bySource.getOrDefault(source, Amount.NONE);
        bySource.put(
                source,
                new Amount(before.sequences() + 1, before.tokens() + Math.min(sequenceLength, window.filled())));
    }

    /** By source. */
    public Map<String, Amount> bySource() {
        return Map.copyOf(bySource);
    }

    /** The mixtures up to now. */
    public MixtureHistory history() {
        return history;
    }

    /** Sets the mixtures under which the run goes on. */
    public void goOnUnder(MixtureHistory mixtures) {
        this.history = mixtures;
    }

    /**
     * Holds the counts against what a mixture gave.
     *
     * @param location of the checkpoint, for the message
     * @param served sequences by source
     * @throws CheckpointException naming the first source that differs
     */
    public void requireServed(String location, Map<String, Long> served) {
        served.forEach((source, expected) -> {
            long counted = bySource.getOrDefault(source, Amount.NONE).sequences();
            if (counted != expected) {
                throw new CheckpointException(
                        "%s: counts %d sequences of the source '%s' where its mixture gives %d; it was written by another version of the data order, resume it with that version"
                                .formatted(location, counted, source, expected));
            }
        });
    }

    /** As it stands in a checkpoint's state: numbers, strings, lists and maps only. */
    Map<String, Object> toMap() {
        Map<String, Object> consumed = new LinkedHashMap<>();
        bySource.forEach((source, amount) -> consumed.put(source, List.of(amount.sequences(), amount.tokens())));
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("consumed", consumed);
        map.put("mixtures", history.toList());
        return map;
    }

    /**
     * Reads what {@link #toMap} wrote.
     *
     * @throws CheckpointException when it is something else
     */
    static ConsumedData fromMap(Map<?, ?> map) {
        ConsumedData data = new ConsumedData();
        if (map.get("consumed") instanceof Map<?, ?> consumed) {
            consumed.forEach((source, amount) -> {
                if (!(amount instanceof List<?> pair)
                        || pair.size() != 2
                        || !(pair.get(0) instanceof Number sequences)
                        || !(pair.get(1) instanceof Number tokens)) {
                    throw new CheckpointException(
                            "checkpoint state: data.consumed.%s is %s; resume from another checkpoint"
                                    .formatted(source, amount));
                }
                data.bySource.put(String.valueOf(source), new Amount(sequences.longValue(), tokens.longValue()));
            });
        }
        data.history = MixtureHistory.fromList(map.get("mixtures"));
        return data;
    }
}
