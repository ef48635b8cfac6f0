package dev.calandra.trainer.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.calandra.configs.Configs;
import dev.calandra.configs.PretrainConfig;
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
    void refusesToMeasureNothing() {
        assertThatThrownBy(() -> new StepBenchmark(config(), line -> {}).run(0))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
