package dev.calandra.laws.records;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import dev.calandra.configs.DataException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * One training run, as one line of a {@code runs.jsonl}; keys are the names here in snake_case. Two conventions of compute are kept, because
 * published laws use both: {@code scaling_law_flops} is Ling's C = M D (layers only, attention in full, see
 * {@link dev.calandra.laws.ModelCost}), {@code six_nd_flops} is 6 x active parameters x tokens.
 *
 * @param name unique in its file
 * @param status how the run ended
 * @param reason why it ended, where {@code status} is not {@code finished}; else null
 * @param seed of the run
 * @param parameters all of them, MTP layers left out
 * @param activeParameters those that take part in one token's computation, embedding and head included
 * @param nonEmbeddingParameters {@code parameters} without embedding and head
 * @param activeNonEmbeddingParameters {@code activeParameters} without embedding and head
 * @param tokens that the run was trained on; for a run that ended early, up to there
 * @param scalingLawFlops M D
 * @param sixNdFlops 6 x active parameters x tokens
 * @param learningRate peak
 * @param batchTokens tokens per step
 * @param hyperParameters whatever else was varied: config key to a string, number or boolean
 * @param loss training loss at the end, smoothed over the last steps, nats per token; null where there is none
 * @param validationLoss on held-out text, nats per token; null where there is none
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record RunRecord(
        String name,
        RunStatus status,
        String reason,
        long seed,
        long parameters,
        long activeParameters,
        long nonEmbeddingParameters,
        long activeNonEmbeddingParameters,
        long tokens,
        double scalingLawFlops,
        double sixNdFlops,
        double learningRate,
        long batchTokens,
        Map<String, Object> hyperParameters,
        Double loss,
        Double validationLoss) {

    public RunRecord {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(status, "status");
        hyperParameters = hyperParameters == null ? Map.of() : new LinkedHashMap<>(hyperParameters);
        if (status == RunStatus.FINISHED && loss == null && validationLoss == null) {
            throw new IllegalArgumentException("a finished run has a loss; run " + name + " has none");
        }
    }

    /** The record as one line without its line end. */
    public String toJson() {
        try {
            return Json.LINES.writeValueAsString(this);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a record that is not JSON: " + this, e);
        }
    }

    /**
     * Reads one line.
     *
     * @param where for the message, such as {@code runs.jsonl:17}
     * @throws DataException if the line is no run record
     */
    public static RunRecord parse(String line, String where) {
        try {
            return Json.LINES.readValue(line, RunRecord.class);
        } catch (JsonProcessingException e) {
            throw new DataException("%s: not a run record: %s".formatted(where, Json.problem(e)), e);
        }
    }
}
