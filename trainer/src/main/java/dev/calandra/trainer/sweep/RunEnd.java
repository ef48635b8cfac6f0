package dev.calandra.trainer.sweep;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.calandra.configs.PretrainConfig;
import dev.calandra.laws.ParameterCount;
import dev.calandra.laws.records.RunRecord;
import dev.calandra.laws.records.RunStatus;
import dev.calandra.trainer.metrics.RunSummary;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Turns what a run has left in its folder into its record. */
record RunEnd(SweepRun run) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** The record of a run that has done all its steps. It has diverged if its loss ended above where it began. */
    RunRecord finished() throws IOException {
        RunSummary summary = RunSummary.of(lines());
        Map<String, Object> others = others(summary.steps());
        summary.lastBitsPerByte().forEach((source, bits) -> others.put("bits_per_byte." + source, bits));
        summary.lastHeldOutLoss().forEach((source, loss) -> others.put("validation_loss." + source, loss));
        boolean worse = !(summary.lastLoss() <= summary.firstLoss());
        Double validation = summary.lastHeldOutLoss().isEmpty()
                ? null
                : summary.lastHeldOutLoss().values().stream()
                        .mapToDouble(Double::doubleValue)
                        .average()
                        .orElseThrow();
        return record(
                worse ? RunStatus.DIVERGED : RunStatus.FINISHED,
                worse
                        ? "loss %.4f at the end, %.4f at the beginning"
                                .formatted(summary.lastLoss(), summary.firstLoss())
                        : null,
                summary.steps(),
                others,
                finite(summary.lastLoss()),
                validation == null ? null : finite(validation));
    }

    /** The record of a run whose numbers were no longer finite. */
    RunRecord diverged(String reason) throws IOException {
        return withoutLoss(RunStatus.DIVERGED, reason);
    }

    /** The record of a run that could not be run. */
    RunRecord failed(String reason) throws IOException {
        return withoutLoss(RunStatus.FAILED, reason);
    }

    private RunRecord withoutLoss(RunStatus status, String reason) throws IOException {
        long steps = lines().stream()
                .filter(line -> line.contains("\"event\":\"step\""))
                .count();
        return record(status, reason, steps, others(steps), null, null);
    }

    /** The record of a hopeless run. */
    RunRecord givenUp(long steps, String reason) throws IOException {
        return record(
                RunStatus.STOPPED_EARLY,
                reason,
                steps,
                others(steps),
                finite(RunSummary.of(lines()).lastLoss()),
                null);
    }

    /** The loss over the whole run, all processes of it; empty if the run did not do all its steps or its metrics are gone. */
    Optional<LossCurve> curve() throws IOException {
        long steps = run.config().config().run().steps();
        LossCurve curve = new LossCurve(steps);
        long last = 0;
        for (String line : lines()) {
            JsonNode node = JSON.readTree(line);
            if (node.path("event").asText().equals("step")) {
                last = node.path("step").asLong();
                curve.add(last, Double.parseDouble(node.path("loss").asText()));
            }
        }
        return last == steps ? Optional.of(curve) : Optional.empty();
    }

    private List<String> lines() throws IOException {
        Path metrics = run.folder().resolve("metrics.jsonl");
        return Files.exists(metrics) ? Files.readAllLines(metrics) : List.of();
    }

    private Map<String, Object> others(long steps) {
        PretrainConfig config = run.config().config();
        Map<String, Object> others = new LinkedHashMap<>();
        run.varied().forEach((key, value) -> others.put(key, numberOrText(value)));
        others.put("model.hidden_size", config.model().hiddenSize());
        others.put("model.num_hidden_layers", config.model().numHiddenLayers());
        others.put("data.sequence_length", config.data().sequenceLength());
        others.put("run.steps", steps);
        others.put("precision.recipe", config.precision().recipe().name().toLowerCase(Locale.ROOT));
        return others;
    }

    private RunRecord record(
            RunStatus status, String reason, long steps, Map<String, Object> others, Double loss, Double validation) {
        PretrainConfig config = run.config().config();
        ParameterCount count = run.cost().parameters();
        long tokens = steps * config.tokensPerStep();
        return new RunRecord(
                run.name(),
                status,
                reason,
                config.run().seed(),
                count.total(),
                count.active(),
                count.nonEmbedding(),
                count.activeNonEmbedding(),
                tokens,
                (double) run.cost().scalingLawTrainingFlops() * tokens,
                run.cost().sixNFlops() * tokens,
                config.optimizer().learningRate(),
                config.tokensPerStep(),
                others,
                loss,
                validation);
    }

    private static Object numberOrText(String value) {
        try {
            return Double.valueOf(value);
        } catch (NumberFormatException e) {
            return value;
        }
    }

    private static Double finite(double value) {
        return Double.isFinite(value) ? value : null;
    }
}
