package dev.calandra.trainer.metrics;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What became of a run, from the lines of its {@code metrics.jsonl}.
 *
 * @param steps steps done
 * @param firstLoss main loss of the first step, in nats per token; a step whose batch held no target has none, and is passed over here
 * @param lastLoss mean over the last steps, at most {@value #LAST_STEPS}; a single batch says little
 * @param tokensPerSecond of the median step
 * @param firstBitsPerByte by source, of the first evaluation; empty where there was none
 * @param lastBitsPerByte by source, of the last evaluation
 * @param lastHeldOutLoss by source, of the last evaluation, nats per token
 * @param health of the FP8 operands when it was last measured; empty where it never was
 */
public record RunSummary(
        long steps,
        double firstLoss,
        double lastLoss,
        double tokensPerSecond,
        Map<String, Double> firstBitsPerByte,
        Map<String, Double> lastBitsPerByte,
        Map<String, Double> lastHeldOutLoss,
        Optional<Health> health) {

    /**
     * How faithful the FP8 operands of one step were, the worst of all layers each time.
     *
     * @param underflow largest share of an operand's values that became zero
     * @param saturation largest share that stood at the largest code
     * @param cosine smallest cosine between an operand and its codes
     */
    public record Health(double underflow, double saturation, double cosine) {
        private static final Health PERFECT = new Health(0, 0, 1);

        /** @param layers by layer, by operand: the three measures */
        private static Health of(JsonNode layers) {
            Health worst = PERFECT;
            for (JsonNode layer : layers) {
                for (JsonNode operand : layer) {
                    worst = new Health(
                            Math.max(worst.underflow, number(operand.path("underflow"))),
                            Math.max(worst.saturation, number(operand.path("saturation"))),
                            Math.min(worst.cosine, number(operand.path("cosine"))));
                }
            }
            return worst;
        }
    }

    private static final int LAST_STEPS = 10;
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * Reads the lines of a run with at least one step.
     *
     * @throws IllegalArgumentException if there is no step, or a line is not one of {@link MetricsJson}'s
     */
    public static RunSummary of(List<String> lines) {
        long steps = 0;
        List<Double> losses = new ArrayList<>();
        List<Double> rates = new ArrayList<>();
        List<Map<String, Double>> evaluations = new ArrayList<>();
        Map<String, Double> heldOutLoss = Map.of();
        Optional<Health> health = Optional.empty();
        for (String line : lines) {
            JsonNode node = parse(line);
            if (node.path("event").asText().equals("evaluation")) {
                evaluations.add(numbers(node.path("bits_per_byte")));
                heldOutLoss = numbers(node.path("loss"));
                continue;
            }
            steps++;
            if (node.path("targets").asLong(1) > 0) {
                losses.add(number(node.path("loss")));
            }
            rates.add(node.path("time").path("tokens_per_second").asDouble());
            if (node.has("fp8_health")) {
                health = Optional.of(Health.of(node.path("fp8_health")));
            }
        }
        if (steps == 0) {
            throw new IllegalArgumentException("the metrics have no step yet");
        }
        return new RunSummary(
                steps,
                losses.isEmpty() ? Double.NaN : losses.getFirst(),
                losses.stream()
                        .skip(Math.max(0, losses.size() - LAST_STEPS))
                        .mapToDouble(Double::doubleValue)
                        .average()
                        .orElse(Double.NaN),
                median(rates),
                evaluations.isEmpty() ? Map.of() : evaluations.getFirst(),
                evaluations.isEmpty() ? Map.of() : evaluations.getLast(),
                heldOutLoss,
                health);
    }

    private static JsonNode parse(String line) {
        try {
            return JSON.readTree(line);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not a metrics line: " + line, e);
        }
    }

    private static Map<String, Double> numbers(JsonNode node) {
        Map<String, Double> numbers = new LinkedHashMap<>();
        node.properties().forEach(entry -> numbers.put(entry.getKey(), number(entry.getValue())));
        return numbers;
    }

    /** A number, or the string that stands for one that is not finite. */
    private static double number(JsonNode node) {
        return Double.parseDouble(node.asText());
    }

    private static double median(List<Double> values) {
        double[] sorted =
                values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        return Arrays.stream(sorted, (sorted.length - 1) / 2, sorted.length / 2 + 1)
                .average()
                .orElseThrow();
    }
}
