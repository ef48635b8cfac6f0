package dev.calandra.trainer.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.engine.recipe.OperandHealth;
import dev.calandra.engine.recipe.Signal;
import dev.calandra.trainer.optimizer.ExpertBalance;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

/** These lines are an interface: scripts of users read them. Fields may be added at the end of the JSON, nothing else. */
class StepLineTest {

    private static final List<OperandHealth> HEALTH = List.of(
            new OperandHealth(
                    "model.layers.1.attention.dense.weight", Signal.ACTIVATION_ROWS, 100, 0.00123, 0.25, 0.999),
            new OperandHealth("model.layers.1.attention.dense.weight", Signal.GRADIENT_ROWS, 100, 0.001, 0, 1));

    private static StepRecord step(double loss, OptionalDouble mtp, List<OperandHealth> health, StepOutcome outcome) {
        return step(loss, mtp, health, outcome, false);
    }

    private static StepRecord step(
            double loss, OptionalDouble mtp, List<OperandHealth> health, StepOutcome outcome, boolean traced) {
        Map<String, ExpertBalance.Layer> balance = new LinkedHashMap<>();
        balance.put(
                "model.layers.1.mlp",
                new ExpertBalance.Layer(
                        0.25,
                        0.125,
                        0.96875,
                        List.of(3L, 5L),
                        List.of(1L, 2L, 4L, 1L),
                        OptionalDouble.of(1.0625),
                        OptionalDouble.empty()));
        balance.put(
                "model.layers.2.mlp",
                new ExpertBalance.Layer(
                        1.5,
                        0.5,
                        0.75,
                        List.of(2L, 6L),
                        List.of(1L, 1L, 5L, 1L),
                        OptionalDouble.empty(),
                        OptionalDouble.of(12.5)));
        return new StepRecord(
                120, 400, loss, mtp, 0.844, 1e-3, 4096, 4000, 0.38, balance, traced, health, outcome, 952, false, 2, 77,
                0.125, 2.5);
    }

    @Test
    void theLineHasItsFieldsInTheirOrder() {
        StepRecord record = step(3.45123, OptionalDouble.of(3.9021), HEALTH, StepOutcome.APPLIED);
        assertThat(StepLine.of(record, 151))
                .isEqualTo("step 120/400  loss 3.4512  mtp 3.9021  norm 0.84  lr 1.00e-03  tok/s 1638  reasoning 38%"
                        + "  imbalance 1.50  underflow 0.12%  skipped 2  eta 2m31s");
    }

    @Test
    void aStepThatWasNotAppliedSaysSo() {
        StepRecord record = step(Double.NaN, OptionalDouble.empty(), List.of(), StepOutcome.SKIPPED_NON_FINITE);
        assertThat(StepLine.of(record, 5))
                .isEqualTo("step 120/400  loss NaN  mtp -  norm 0.84  lr 1.00e-03  tok/s 1638  reasoning 38%"
                        + "  imbalance 1.50  underflow -  skipped 2  eta 5s  (skipped: not finite)");
    }

    @Test
    void jsonCarriesFullPrecisionAndKeepsTheClockApart() {
        StepRecord record = step(0.1 + 0.2, OptionalDouble.of(Double.NaN), List.of(), StepOutcome.SKIPPED_SPIKE);
        assertThat(MetricsJson.of(record, SaveTimes.NONE))
                .isEqualTo("{\"event\":\"step\",\"step\":120,\"loss\":0.30000000000000004,\"mtp_loss\":\"NaN\","
                        + "\"gradient_norm\":0.844,\"learning_rate\":0.001,\"tokens\":4096,\"targets\":4000,\"reasoning_share\":0.38,"
                        + "\"imbalance\":{\"model.layers.1.mlp\":0.25,\"model.layers.2.mlp\":1.5},"
                        + "\"balance\":{\"model.layers.1.mlp\":{\"max_violation_batch\":0.25,\"entropy\":0.96875,"
                        + "\"tokens_per_rank\":[3,5],\"sequence_loss\":1.0625},"
                        + "\"model.layers.2.mlp\":{\"max_violation_batch\":1.5,\"entropy\":0.75,"
                        + "\"tokens_per_rank\":[2,6],\"router_z_loss\":12.5}},"
                        + "\"outcome\":\"skipped: spike\",\"batch\":952,\"reinjected\":false,\"skipped\":2,"
                        + "\"time\":{\"seconds\":2.5,\"tokens_per_second\":1638.4,\"data_wait\":0.125,\"bytes_sent\":77,"
                        + "\"window_violation\":{\"model.layers.1.mlp\":0.125,\"model.layers.2.mlp\":0.5}}}");
    }

    @Test
    void jsonOfASampledStepHasEveryOperand() {
        StepRecord record = step(1, OptionalDouble.empty(), HEALTH, StepOutcome.APPLIED);
        assertThat(MetricsJson.of(record, SaveTimes.NONE))
                .contains("\"mtp_loss\":null")
                .contains("\"fp8_health\":{\"model.layers.1.attention.dense.weight\":{"
                        + "\"activation_rows\":{\"underflow\":0.00123,\"saturation\":0.25,\"cosine\":0.999},"
                        + "\"gradient_rows\":{\"underflow\":0.001,\"saturation\":0.0,\"cosine\":1.0}}}");
    }

    @Test
    void aTracedStepHasTheLoadOfEveryExpert() {
        StepRecord record = step(1, OptionalDouble.empty(), List.of(), StepOutcome.APPLIED, true);
        assertThat(MetricsJson.of(record, SaveTimes.NONE))
                .contains("\"tokens_per_rank\":[3,5],\"tokens_per_expert\":[1,2,4,1],")
                .contains("\"tokens_per_rank\":[2,6],\"tokens_per_expert\":[1,1,5,1],");
    }

    @Test
    void evaluationsNameEverySource() {
        Map<String, Double> bits = new LinkedHashMap<>();
        bits.put("books", 1.25);
        bits.put("code", 0.75);
        assertThat(StepLine.ofEvaluation(40, bits))
                .isEqualTo("evaluation at step 40  bits/byte  books 1.2500  code 0.7500");
        assertThat(MetricsJson.ofEvaluation(40, bits, Map.of("code", 2.5), Map.of("model.layers.1", 0.25), 1.5))
                .isEqualTo("{\"event\":\"evaluation\",\"step\":40,\"bits_per_byte\":{\"books\":1.25,\"code\":0.75},"
                        + "\"loss\":{\"code\":2.5},"
                        + "\"max_violation_global\":{\"model.layers.1\":0.25},\"time\":{\"seconds\":1.5}}");
    }

    @Test
    void aLineKnowsItsStepAndATornOneDoesNot() {
        assertThat(MetricsJson.stepOf(
                        MetricsJson.ofEvaluation(40, Map.of("books", 1.0), Map.of("books", 2.0), Map.of(), 1)))
                .hasValue(40);
        assertThat(MetricsJson.stepOf("{\"event\":\"step\",\"st")).isEmpty();
        assertThat(MetricsJson.stepOf("{\"event\":\"step\",\"step\":1")).isEmpty();
        assertThat(MetricsJson.stepOf("{}")).isEmpty();
        assertThat(MetricsJson.stepOf("")).isEmpty();
    }

    @Test
    void durationsAreShort() {
        assertThat(StepLine.duration(0.4)).isEqualTo("0s");
        assertThat(StepLine.duration(60)).isEqualTo("1m00s");
        assertThat(StepLine.duration(18_420)).isEqualTo("5h07m");
    }
}
