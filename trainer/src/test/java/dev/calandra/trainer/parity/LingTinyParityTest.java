package dev.calandra.trainer.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.configs.DataException;
import dev.calandra.configs.Recipe;
import dev.calandra.engine.Kernels;
import dev.calandra.engine.TensorMemory;
import dev.calandra.engine.cpu.CpuKernels;
import dev.calandra.engine.nd4j.Nd4jKernels;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The published model code's numbers on a tiny config, computed by PyTorch in FP32 with products in FP64. */
class LingTinyParityTest {

    @TempDir
    private static Path folder;

    @BeforeAll
    static void unpack() {
        GoldenFolder.lingTiny(folder);
    }

    private static ParityReport run(String expected, Recipe recipe, Kernels kernels) {
        try (kernels;
                TensorMemory memory = new TensorMemory(true)) {
            return ParityCheck.run(folder, folder.resolve(expected), recipe, kernels, memory);
        }
    }

    @Test
    void forwardAndBackwardAreThePublishedOnes() {
        ParityReport report = run("expected.safetensors", Recipe.FP32, new CpuKernels(2));
        assertThat(report.passed()).as(report.table()).isTrue();
        assertThat(report.remarks()).isEmpty();
        // Losses 2, logits 2, hidden states 5, routers 3 of two tensors, gradients of all 118 trained tensors one by
        // one and
        // together.
        assertThat(report.rows()).hasSize(2 + 2 + 5 + 6 + 118 + 1);
    }

    @Test
    void theOracleAgrees() {
        ParityReport report = run("expected.safetensors", Recipe.FP32, new Nd4jKernels());
        assertThat(report.passed()).as(report.table()).isTrue();
    }

    @Test
    void twentyTrainingStepsAreThePublishedOnes() {
        ParityReport report = run("trajectory.safetensors", Recipe.FP32, new CpuKernels(2));
        assertThat(report.passed()).as(report.table()).isTrue();
        assertThat(report.remarks()).isEmpty();
        assertThat(report.rows()).hasSize(2 + 118);
    }

    @ParameterizedTest
    @EnumSource(
            value = Recipe.class,
            names = {"BF16", "FP8_BLOCKWISE"})
    void lowPrecisionStaysInItsLimits(Recipe recipe) {
        for (String expected : new String[] {"expected.safetensors", "trajectory.safetensors"}) {
            ParityReport report = run(expected, recipe, new CpuKernels(2));
            assertThat(report.passed()).as(report.table()).isTrue();
        }
    }

    @Test
    void aWrongExpectationIsFoundAndUnknownNamesAreReported() {
        Path altered = folder.resolve("altered.safetensors");
        GoldenFolder.rewrite(folder.resolve("expected.safetensors"), altered, (name, values) -> {
            if (name.equals("grad.model.norm.weight")) {
                values[5] += 0.01f;
            }
            return name.equals("logits") ? "logits.of.tomorrow" : name;
        });
        ParityReport report = run("altered.safetensors", Recipe.FP32, new CpuKernels(1));
        assertThat(report.failures())
                .extracting(Comparison::name)
                .containsExactly("grad.model.norm.weight", "grad.* together");
        assertThat(report.failures().getFirst().where()).startsWith("at [5]: got ");
        assertThat(report.remarks()).containsExactly("not compared, no such result: logits.of.tomorrow");
    }

    @Test
    void aTrajectoryWithoutSettingsIsRefused() {
        Path altered = folder.resolve("no-settings.safetensors");
        GoldenFolder.rewrite(folder.resolve("trajectory.safetensors"), altered, (name, values) -> name);
        assertThatThrownBy(() -> run("no-settings.safetensors", Recipe.FP32, new CpuKernels(1)))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("no-settings.safetensors: metadata warmup_steps is missing");
    }
}
