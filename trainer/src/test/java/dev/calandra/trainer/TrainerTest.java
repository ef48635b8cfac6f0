package dev.calandra.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.configs.NumericsException;
import dev.calandra.engine.Tensor;
import dev.calandra.trainer.metrics.StepOutcome;
import dev.calandra.trainer.metrics.StepRecord;
import dev.calandra.trainer.model.Parameter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TrainerTest {

    @TempDir
    private static Path folder;

    private static TinyRun tiny;

    @BeforeAll
    static void corpus() throws IOException {
        tiny = new TinyRun(folder);
    }

    private static TrainingRun open(String run, String... sets) {
        return TrainingRun.open(tiny.config(run, sets), TrainingOptions.NONE, TinyRun.surroundings(new ArrayList<>()));
    }

    /** Weights, expert biases and moments. */
    private static List<float[]> everything(TrainingRun run) {
        List<float[]> values = new ArrayList<>();
        for (Parameter parameter : run.model().parameters()) {
            values.add(parameter.value().toFloats());
        }
        run.model().buffers().forEach(buffer -> values.add(buffer.value().toFloats()));
        run.optimizer().moments().forEach(moments -> {
            values.add(moments.first().toFloats());
            values.add(moments.second().toFloats());
        });
        return values;
    }

    private static Tensor norm(TrainingRun run) {
        return run.model().parameters().stream()
                .filter(p -> p.name().equals("model.norm.weight"))
                .findFirst()
                .orElseThrow()
                .value();
    }

    @ParameterizedTest
    @ValueSource(floats = {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY})
    void aStepThatIsNotFiniteChangesNothing(float poison) {
        try (TrainingRun run = open("poison-" + poison)) {
            run.takeStep();
            float sound = norm(run).getFloat(3);
            norm(run).setFloat(3, poison);
            List<float[]> before = everything(run);
            StepRecord record = run.takeStep();
            assertThat(record.outcome()).isEqualTo(StepOutcome.SKIPPED_NON_FINITE);
            assertThat(record.skipped()).isEqualTo(1);
            assertThat(everything(run)).usingElementComparator(Arrays::compare).isEqualTo(before);

            norm(run).setFloat(3, sound);
            StepRecord next = run.takeStep();
            assertThat(next.outcome()).isEqualTo(StepOutcome.APPLIED);
            assertThat(next.step()).isEqualTo(3);
            assertThat(next.gradientNorm()).isFinite();
        }
    }

    @Test
    void repeatedTroubleHaltsAndNamesTheFirstBadTensor() throws IOException {
        try (TrainingRun run = open("halt", "run.save_every=1")) {
            run.takeStep();
            norm(run).setFloat(3, Float.NaN);
            assertThatThrownBy(run::train)
                    .isInstanceOf(NumericsException.class)
                    .hasMessageContaining("step 2")
                    .hasMessageContaining("weight model.norm.weight is not finite");
        }
        assertThat(tiny.directory("halt")).isDirectoryNotContaining("glob:**/step-*");

        try (TrainingRun run = open("halt-unsaved", "run.save_every=0")) {
            run.takeStep();
            norm(run).setFloat(3, Float.NaN);
            assertThatThrownBy(run::train)
                    .isInstanceOf(NumericsException.class)
                    .hasMessageContaining("step 4: loss NaN")
                    .hasMessageContaining("first bad tensor: weight model.norm.weight")
                    .hasMessageContaining("samples from 12")
                    .hasMessageContaining("those after step 1");
        }
        assertThat(Files.readAllLines(tiny.directory("halt-unsaved").resolve("metrics.jsonl")))
                .hasSize(3)
                .allMatch(line -> line.contains("\"loss\":\"NaN\"") && line.contains("skipped: not finite"));
    }

    @Test
    void expertBiasesMoveByTheirRateUnlessItIsZero() {
        try (TrainingRun run = open("balanced", "optimizer.expert_bias_update_rate=0.5")) {
            StepRecord record = run.takeStep();
            assertThat(record.balance()).hasSize(2).containsKey("model.layers.1");
            run.model().buffers().forEach(buffer -> {
                float[] bias = buffer.value().toFloats();
                float sum = 0;
                for (float b : bias) {
                    sum += b;
                }
                assertThat(sum).as(buffer.name()).isZero();
            });
            // A layer whose experts happen to be loaded alike does not move.
            assertThat(run.model().buffers())
                    .anySatisfy(buffer -> assertThat(buffer.value().toFloats()).isNotEqualTo(new float[4]));
        }
        try (TrainingRun run = open("unbalanced", "optimizer.expert_bias_update_rate=0")) {
            run.takeStep();
            run.model()
                    .buffers()
                    .forEach(buffer -> assertThat(buffer.value().toFloats()).containsOnly(0));
        }
    }

    @Test
    void passesOfABatchAddUpToTheWholeBatch() {
        // FP32: in FP8 the column tiles of a pass end where the pass ends.
        try (TrainingRun whole = open("whole", "precision.recipe=fp32", "run.micro_batch_size=0");
                TrainingRun parts = open("parts", "precision.recipe=fp32", "run.micro_batch_size=1")) {
            for (int i = 0; i < 3; i++) {
                StepRecord a = whole.takeStep();
                StepRecord b = parts.takeStep();
                assertThat(b.loss() / a.loss()).isBetween(1 - 1e-5, 1 + 1e-5);
                assertThat(b.gradientNorm() / a.gradientNorm()).isBetween(1 - 1e-4, 1 + 1e-4);
                assertThat(b.targets()).isEqualTo(a.targets());
            }
        }
    }

    @Test
    void aSampledStepMeasuresFp8Health() {
        try (TrainingRun run = open("health", "precision.health_every=2")) {
            assertThat(run.takeStep().health()).isEmpty();
            assertThat(run.takeStep().health()).hasSizeGreaterThan(10).allMatch(h -> h.cosine() > 0.99);
        }
    }
}
