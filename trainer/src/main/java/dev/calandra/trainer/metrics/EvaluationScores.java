package dev.calandra.trainer.metrics;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * How good a run's steps were on held-out documents, from the lines of its {@code metrics.jsonl}.
 *
 * @param bitsPerByte of each step that was evaluated: the mean over the sources; where a step was evaluated twice, the later time
 */
public record EvaluationScores(Map<Long, Double> bitsPerByte) {

    private static final ObjectMapper JSON = new ObjectMapper();

    public EvaluationScores {
        bitsPerByte = Map.copyOf(bitsPerByte);
    }

    /** Lines that are no evaluation, or not finite, are passed over. */
    public static EvaluationScores of(Stream<String> metrics) {
        Map<Long, Double> scores = new TreeMap<>();
        metrics.forEach(line -> score(line).ifPresent(score -> scores.put(score.getKey(), score.getValue())));
        return new EvaluationScores(scores);
    }

    private static Optional<Map.Entry<Long, Double>> score(String line) {
        JsonNode node;
        try {
            node = JSON.readTree(line);
        } catch (JsonProcessingException e) {
            // A line that a crash has torn; the trainer drops it when the run resumes.
            return Optional.empty();
        }
        if (!node.path("event").asText().equals("evaluation")
                || !node.path("step").isIntegralNumber()) {
            return Optional.empty();
        }
        double mean = node.path("bits_per_byte")
                .valueStream()
                .mapToDouble(value -> value.isNumber() ? value.doubleValue() : Double.NaN)
                .average()
                .orElse(Double.NaN);
        return Double.isFinite(mean) ? Optional.of(Map.entry(node.path("step").longValue(), mean)) : Optional.empty();
    }

    /**
     * The best of some steps, rising by step; steps that were never evaluated are not among them.
     *
     * @param count at most so many
     */
    public List<Long> best(List<Long> steps, int count) {
        return steps.stream()
                .filter(bitsPerByte::containsKey)
                .sorted((a, b) -> Double.compare(bitsPerByte.get(a), bitsPerByte.get(b)))
                .limit(count)
                .sorted()
                .toList();
    }
}
