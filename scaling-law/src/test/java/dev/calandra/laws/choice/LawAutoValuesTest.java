package dev.calandra.laws.choice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.calandra.configs.CalandraException;
import dev.calandra.configs.ConfigException;
import dev.calandra.configs.Configs;
import dev.calandra.configs.LoadedConfig;
import dev.calandra.configs.Setting;
import dev.calandra.laws.ParameterCount;
import dev.calandra.laws.PublishedLaws;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LawAutoValuesTest {
    private static final Path CONFIGS = Path.of("..", "configs");

    private final List<String> warnings = new ArrayList<>();

    private LoadedConfig load(String preset, String... sets) {
        return Configs.load(CONFIGS.resolve(preset), List.of(sets), new LawAutoValues(warnings::add));
    }

    private static Setting setting(LoadedConfig config, String key) {
        return config.settings().stream()
                .filter(setting -> setting.key().equals(key))
                .findFirst()
                .orElseThrow();
    }

    /** Ling 2.0's report, Table 1, is its law at 20T tokens in sequences of 4096. */
    @ParameterizedTest
    @CsvSource({
        "ling-mini-2.0.yaml, 3.36e-4, 4400",
        "ling-flash-2.0.yaml, 2.61e-4, 8352",
        "ling-1t.yaml, 1.86e-4, 18144"
    })
    void theReportsTableIsReproduced(String preset, double rate, int sequences) {
        LoadedConfig config = load(preset, "optimizer.learning_rate=auto", "run.batch_size=auto");

        assertThat(config.config().optimizer().learningRate()).isCloseTo(rate, within(0.005 * rate));
        assertThat((double) config.config().run().batchSize()).isCloseTo(sequences, within(0.04 * sequences));
        assertThat((double) config.config().totalTokens()).isCloseTo(20e12, within(1e-5 * 20e12));
        assertThat(setting(config, "optimizer.learning_rate").origin()).startsWith("auto: law ling at ");
        assertThat(setting(config, "run.batch_size").origin()).contains("times beyond the runs it was fitted to");
        assertThat(warnings).singleElement().asString().contains("times beyond the runs it was fitted to");
    }

    /** With tokens given, the compute is known; with steps given, the batch decides the tokens, and a law of compute answers to that. */
    @Test
    void aLengthInStepsLetsTheBatchDecideTheTokens() {
        LoadedConfig tokens = load("ling-mini-2.0.yaml", "run.batch_size=auto");
        LoadedConfig steps = load("ling-mini-2.0.yaml", "run.batch_size=auto", "run.steps=1109731");

        assertThat(tokens.config().run().batchSize()).isEqualTo(4530);
        assertThat(steps.config().run().steps()).isEqualTo(1109731);
        double more = (double) steps.config().run().batchSize()
                / tokens.config().run().batchSize();
        double moreTokens =
                (double) steps.config().totalTokens() / tokens.config().totalTokens();
        assertThat(more).isGreaterThan(1.01).isCloseTo(Math.pow(moreTokens, 0.3644), within(2e-3));
    }

    @Test
    void theBatchIsWhatTheLawGivesBackForItself() {
        LoadedConfig config = load("nano.yaml", "run.batch_size=auto", "run.steps=100000");

        RunPoint point = RunPoint.of(config.config());
        double tokens = PublishedLaws.LING_MOE_HYPER_PARAMETERS.batchTokens().at(point.scalingLawFlops());
        assertThat((double) config.config().tokensPerStep())
                .isCloseTo(tokens, within((double) config.config().data().sequenceLength()));
        assertThat(setting(config, "optimizer.learning_rate").origin()).startsWith("nano.yaml:");
        assertThat(warnings).isEmpty();
    }

    @Test
    void theBatchHoldsWholePasses() {
        LoadedConfig config = load("nano.yaml", "run.batch_size=auto", "run.micro_batch_size=24", "run.steps=100000");

        assertThat(config.config().run().batchSize()).isPositive();
        assertThat(config.config().run().batchSize() % 24).isZero();
    }

    @Test
    void aLawFileOfOnesOwn(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("mine.json");
        Files.writeString(file, """
                {"law": "hyperparameters", "formula": "", "source": "here", "runs": 9,
                 "constants": {"learning_rate.coefficient": {"value": 1.0}, "learning_rate.parameters": {"value": -0.5}},
                 "variables": {"parameters": "active_parameters"}}
                """);

        LoadedConfig config = load("pico.yaml", "optimizer.learning_rate=auto", "laws=" + file);
        double active = ParameterCount.of(config.config().model()).active();
        assertThat(config.config().optimizer().learningRate())
                .isCloseTo(1 / Math.sqrt(active), within(1e-3 / Math.sqrt(active)));

        assertThatThrownBy(() -> load("pico.yaml", "run.batch_size=auto", "laws=" + file))
                .isInstanceOf(CalandraException.class)
                .hasMessageContaining("batch_tokens");
    }

    @Test
    void autoIsRefusedWhereThereIsNoLaw() {
        assertThatThrownBy(() -> load("pico.yaml", "run.batch_size=auto", "laws=lings"))
                .isInstanceOf(CalandraException.class)
                .hasMessageContaining("lings: no such law file, and no built-in law");
        assertThatThrownBy(() -> load("pico.yaml", "run.batch_size=automatic"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("run.batch_size: not an integer (automatic)");
        assertThatThrownBy(() -> Configs.load(CONFIGS.resolve("pico.yaml"), List.of("optimizer.learning_rate=auto")))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("optimizer.learning_rate: auto is not understood here; write a number");
    }

    @Test
    void whatWasChosenIsWrittenOutAsANumber() {
        String yaml = load("nano.yaml", "run.batch_size=auto", "optimizer.learning_rate=auto", "run.steps=100000")
                .effectiveYaml();

        assertThat(yaml).doesNotContain("auto").contains("laws: ling");
    }
}
