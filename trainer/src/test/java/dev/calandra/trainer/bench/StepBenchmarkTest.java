package dev.calandra.trainer.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.calandra.configs.Configs;
import dev.calandra.configs.PretrainConfig;
import dev.calandra.engine.profile.Profile;
import dev.calandra.laws.ModelCost;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StepBenchmarkTest {

    /** A small relative of pico: surefire runs in the module's folder. */
    private static PretrainConfig config() {
        return Configs.load(
                        Path.of("..", "configs", "pico.yaml"),
                        List.of(
                                "model.hidden_size=32",
                                "model.num_hidden_layers=2",
                                "model.num_experts=8",
                                "model.moe_intermediate_size=16",
                                "model.intermediate_size=32",
                                "model.vocab_size=512",
                                "data.sequence_length=16",
                                "run.batch_size=2",
                                "run.micro_batch_size=1",
                                "run.threads=2"))
                .config();
    }

    @Test
    void theFiguresBelongTogether() {
        List<String> lines = new ArrayList<>();
        BenchmarkResult result = new StepBenchmark(config(), lines::add).run(3);
        assertThat(result.tokensPerSecond()).isPositive();
        assertThat(result.sgemmGflops()).isPositive();
        assertThat(result.kernels()).startsWith("cpu: 2 threads");
        double flops = ModelCost.of(config().model(), 16).modelTrainingFlops() * result.tokensPerSecond();
        double share = flops / (result.sgemmGflops() * 1e9);
        assertThat(result.modelFlopsShare()).isCloseTo(share, within(1e-9 * share));
        assertThat(lines).hasSize(6);
        assertThat(lines.getLast()).startsWith("step 3: ");
    }

    @Test
    void everyKernelOfAProfiledStepIsCounted() {
        List<String> lines = new ArrayList<>();
        ProfiledBenchmark measured = new StepBenchmark(config(), lines::add).runProfiled(1);

        assertThat(lines).hasSize(6);
        assertThat(lines.getLast()).startsWith("profiled step 2: ");
        Profile profile = measured.profile();
        assertThat(profile.steps()).hasSize(2);
        assertThat(profile.calls())
                .allSatisfy(call -> assertThat(profile.steps())
                        .anySatisfy(step -> assertThat(call.startNanos() - step.startNanos())
                                .isBetween(0L, step.nanos() - call.nanos())));
        assertThat(profile.lines(measured.roofline()))
                .extracting(Profile.Line::kernel)
                .contains("linear", "linearWeightGrad", "attentionBackward", "linearCrossEntropy", "adamW");
        // Both micro-batches and both heads: the head of pico's relative with a prediction of the token after the next.
        assertThat(profile.calls())
                .filteredOn(call -> call.kernel().equals("linearCrossEntropy"))
                .hasSize(2 * 2 * 2)
                .allSatisfy(call -> assertThat(call.work().flops()).isEqualTo(3L * 2 * 16 * 512 * 32));
    }

    @Test
    void refusesToMeasureNothing() {
        assertThatThrownBy(() -> new StepBenchmark(config(), line -> {}).run(0))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new StepBenchmark(config(), line -> {}).runProfiled(0))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
