package dev.calandra.trainer.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.configs.Configs;
import dev.calandra.configs.PretrainConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GenerationBenchmarkTest {

    /** A small relative of pico: surefire runs in the module's folder. */
    private static PretrainConfig config(String recipe) {
        return Configs.load(
                        Path.of("..", "configs", "pico.yaml"),
                        List.of(
                                "model.hidden_size=32",
                                "model.num_hidden_layers=2",
                                "model.num_experts=8",
                                "model.moe_intermediate_size=16",
                                "model.intermediate_size=32",
                                "model.vocab_size=512",
                                "precision.recipe=" + recipe,
                                "run.threads=2"))
                .config();
    }

    @ParameterizedTest
    @ValueSource(strings = {"fp32", "fp8_blockwise"})
    void bothWaysGenerateTheSame(String recipe) {
        List<String> lines = new ArrayList<>();

        GenerationResult result = new GenerationBenchmark(config(recipe), lines::add).run(24);

        assertThat(result.prefix()).isEqualTo(24);
        assertThat(result.sameTokens()).isTrue();
        assertThat(result.tokensPerSecond()).isPositive();
        assertThat(result.recomputedTokensPerSecond()).isPositive();
        assertThat(result.ratio()).isEqualTo(result.tokensPerSecond() / result.recomputedTokensPerSecond());
        assertThat(lines).hasSize(2);
    }

    @Test
    void refusesAnEmptyPrefix() {
        assertThatThrownBy(() -> new GenerationBenchmark(config("fp32"), line -> {}).run(0))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
