package dev.calandra.trainer.metrics;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.calandra.engine.recipe.OperandHealth;
import dev.calandra.trainer.optimizer.ExpertBalance;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;

/**
 * The lines of {@code metrics.jsonl}: one JSON object each, values in full precision so that two runs can be compared bit
 * for bit. Everything that depends on the clock, or on when the process began, stands in the last field, {@code time}; all else repeats exactly.
 */
public final class MetricsJson {

    private static final ObjectMapper JSON = new ObjectMapper();

    private MetricsJson() {}

    /** A step. Numbers that are not finite are written as strings, which JSON allows. */
    public static String of(StepRecord r, SaveTimes saves) {
        ObjectNode node = JSON.createObjectNode();
        node.put("event", "step").put("step", r.step());
        number(node, "loss", r.loss());
        r.mtpLoss().ifPresentOrElse(loss -> number(node, "mtp_loss", loss), () -> node.putNull("mtp_loss"));
        number(node, "gradient_norm", r.gradientNorm());
        number(node, "learning_rate", r.learningRate());
        node.put("tokens", r.tokens()).put("targets", r.targets());
        number(node, "reasoning_share", r.reasoningShare());
        balance(node, r.balance(), r.traced());
        if (!r.health().isEmpty()) {
            health(node.putObject("fp8_health"), r.health());
        }
        node.put("outcome", r.outcome().label());
        node.put("batch", r.batch()).put("reinjected", r.reinjected()).put("skipped", r.skipped());
        ObjectNode time = node.putObject("time");
        number(time, "seconds", r.seconds());
        number(time, "tokens_per_second", r.tokensPerSecond());
        number(time, "data_wait", r.dataWait());
        time.put("bytes_sent", r.bytesSent());
        saves.stallSeconds().ifPresent(seconds -> number(time, "save_stall_seconds", seconds));
        saves.savedStep().ifPresent(step -> {
            time.put("saved_step", step).put("save_bytes", saves.bytes());
            number(time, "save_write_seconds", saves.writeSeconds());
        });
        if (saves.failures() > 0) {
            time.put("failed_saves", saves.failures());
        }
        ObjectNode window = time.putObject("window_violation");
        r.balance().forEach((name, layer) -> number(window, name, layer.window()));
        return line(node);
    }

    /**
     * An evaluation after a step: bits per byte, and loss in nats per token, of each source; maximal violation over all held-out
     * tokens together of each layer.
     */
    public static String ofEvaluation(
            long step,
            Map<String, Double> bitsPerByte,
            Map<String, Double> loss,
            Map<String, Double> maxViolation,
            double seconds) {
        ObjectNode node = JSON.createObjectNode();
        node.put("event", "evaluation").put("step", step);
        numbers(node, "bits_per_byte", bitsPerByte);
        numbers(node, "loss", loss);
        numbers(node, "max_violation_global", maxViolation);
        number(node.putObject("time"), "seconds", seconds);
        return line(node);
    }

    /** The step that a line belongs to; empty if it is not one of ours, as after a crash in the middle of writing it. */
    public static OptionalLong stepOf(String line) {
        try {
            JsonNode step = JSON.readTree(line).path("step");
            return step.isIntegralNumber() ? OptionalLong.of(step.longValue()) : OptionalLong.empty();
        } catch (JsonProcessingException e) {
            return OptionalLong.empty();
        }
    }

    /** The violation of the batch by itself, as it always was; the rest by layer. */
    private static void balance(ObjectNode node, Map<String, ExpertBalance.Layer> layers, boolean traced) {
        ObjectNode imbalance = node.putObject("imbalance");
        layers.forEach((name, layer) -> number(imbalance, name, layer.batch()));
        ObjectNode more = node.putObject("balance");
        layers.forEach((name, layer) -> {
            ObjectNode child = more.putObject(name);
            number(child, "max_violation_batch", layer.batch());
            number(child, "entropy", layer.entropy());
            ArrayNode perRank = child.putArray("tokens_per_rank");
            layer.tokensPerRank().forEach(perRank::add);
            if (traced) {
                ArrayNode perExpert = child.putArray("tokens_per_expert");
                layer.tokensPerExpert().forEach(perExpert::add);
            }
            layer.sequenceLoss().ifPresent(loss -> number(child, "sequence_loss", loss));
            layer.routerZLoss().ifPresent(loss -> number(child, "router_z_loss", loss));
        });
    }

    /** By layer, then by operand. */
    private static void health(ObjectNode node, List<OperandHealth> operands) {
        for (OperandHealth operand : operands) {
            ObjectNode child = node.withObjectProperty(operand.layer())
                    .putObject(operand.signal().name().toLowerCase(Locale.ROOT));
            number(child, "underflow", operand.underflowShare());
            number(child, "saturation", operand.saturationShare());
            number(child, "cosine", operand.cosine());
        }
    }

    private static void numbers(ObjectNode node, String key, Map<String, Double> values) {
        ObjectNode child = node.putObject(key);
        values.forEach((name, value) -> number(child, name, value));
    }

    private static void number(ObjectNode node, String key, double value) {
        if (Double.isFinite(value)) {
            node.put(key, value);
        } else {
            node.put(key, Double.toString(value));
        }
    }

    private static String line(ObjectNode node) {
        try {
            return JSON.writeValueAsString(node);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of numbers and strings is always JSON", e);
        }
    }
}
