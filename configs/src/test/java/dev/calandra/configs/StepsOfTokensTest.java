package dev.calandra.configs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class StepsOfTokensTest {
    private static final Path PICO = Path.of("..", "configs", "pico.yaml");

    private static LoadedConfig load(String... sets) {
        return Configs.load(PICO, List.of(sets));
    }

    @ParameterizedTest
    @CsvSource({
        "ling-mini-2.0, 1109731",
        "ling-flash-2.0, 584628",
        "ling-1t, 269115",
    })
    void theReleasedModelsStepsAreThoseOf20TrillionTokens(String preset, int steps) {
        LoadedConfig config = Configs.load(Path.of("..", "configs", preset + ".yaml"), List.of());

        assertThat(config.config().run().steps()).isEqualTo(steps);
        assertThat(config.effectiveYaml()).contains("steps: " + steps + "\n").doesNotContain("tokens\n");
    }

    @Test
    void stepsFollowFromTheBatchInWholeSteps() {
        assertThat(load("run.steps=1e6 tokens", "run.batch_size=8", "data.sequence_length=128")
                        .config()
                        .run()
                        .steps())
                .isEqualTo(977);
        assertThat(load("run.steps=100 tokens").config().run().steps()).isEqualTo(1);
        assertThat(load("run.steps=1e6 tokens", "run.steps=50").config().run().steps())
                .isEqualTo(50);
    }

    @ParameterizedTest
    @ValueSource(strings = {"many tokens", "1e6 token", "-5 tokens", "1e6tokens"})
    void whatIsNoNumberOfTokensIsNoNumberOfSteps(String text) {
        assertThatThrownBy(() -> load("run.steps=" + text))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("run.steps: not an integer (" + text + ")");
    }

    @Test
    void moreStepsThanARunCanHaveAreRefused() {
        assertThatThrownBy(() -> load("run.steps=1e15 tokens", "run.batch_size=1", "data.sequence_length=128"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("run.steps: ")
                .hasMessageContaining("7812500000000");
    }

    @Test
    void aBatchThatIsNoneIsToldOnce() {
        assertThatThrownBy(() -> load("run.steps=1e6 tokens", "run.batch_size=none"))
                .isInstanceOfSatisfying(
                        ConfigException.class,
                        e -> assertThat(e.problems())
                                .singleElement()
                                .extracting(Problem::key)
                                .isEqualTo("run.batch_size"));
    }
}
