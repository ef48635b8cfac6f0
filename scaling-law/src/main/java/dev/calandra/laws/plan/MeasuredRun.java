package dev.calandra.laws.plan;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.calandra.configs.DataException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * What a run's {@code metrics.jsonl} tells a simulation.
 *
 * @param tokensPerSecond median of the steps behind the first ten, in which the JVM compiles; empty where there is none
 * @param trace of routing, even where none was kept
 * @param severalRanks whether the rate is that of several ranks together
 */
public record MeasuredRun(OptionalDouble tokensPerSecond, RoutingTrace trace, boolean severalRanks) {

    private static final int WARM_UP = 10;
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * Reads the lines; all but those of steps are passed over.
     *
     * @param name of the file, for the message
     * @throws DataException for a line that is not JSON, other than the last, which a crash may have torn
     */
    public static MeasuredRun of(String name, List<String> lines) {
        List<JsonNode> steps = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            try {
                JsonNode line = JSON.readTree(lines.get(i));
                if (line.path("event").asText().equals("step")) {
                    steps.add(line);
                }
            } catch (JsonProcessingException e) {
                if (i < lines.size() - 1) {
                    throw new DataException(
                            "%s:%d: not a line of metrics.jsonl (%s)".formatted(name, i + 1, e.getOriginalMessage()));
                }
            }
        }
        double[] rates = steps.stream()
                .skip(WARM_UP)
                .mapToDouble(step -> step.path("time").path("tokens_per_second").asDouble())
                .sorted()
                .toArray();
        OptionalDouble median = rates.length == 0
                ? OptionalDouble.empty()
                : OptionalDouble.of((rates[(rates.length - 1) / 2] + rates[rates.length / 2]) / 2);
        return new MeasuredRun(median, RoutingTrace.of(steps), steps.stream().anyMatch(MeasuredRun::ofSeveralRanks));
    }

    /** Of several ranks, rank 0 sends, and those that share experts each have a number of tokens. */
    private static boolean ofSeveralRanks(JsonNode step) {
        return step.path("time").path("bytes_sent").asLong() > 0
                || step.path("balance")
                        .valueStream()
                        .anyMatch(layer -> layer.path("tokens_per_rank").size() > 1);
    }
}
