package dev.calandra.configs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SweepFileTest {
    private static final AutoValues NOBODY = (config, batchSize, tokens) -> {
        throw new AssertionError("nothing here says auto");
    };
    private static final Path PICO = Path.of("..", "configs", "pico.yaml");

    @TempDir
    private Path folder;

    private SweepFile read(String text) throws IOException {
        Path file = folder.resolve("sweep.yaml");
        Files.writeString(file, "base: " + PICO + "\ndirectory: runs/s\n" + text);
        return SweepFile.read(file);
    }

    private static List<Map<String, String>> varied(SweepFile file) {
        return file.points().stream()
                .<Map<String, String>>map(SweepPoint::varied)
                .toList();
    }

    @Test
    void theGridIsEveryCombinationAndTheListMultipliesIt() throws IOException {
        SweepFile file = read("""
                grid:
                  optimizer.learning_rate: [1e-3, 2e-3]
                  run.seed: [0, 1]
                list:
                  - {run.batch_size: 4, run.steps: 10}
                  - {run.batch_size: 8, run.steps: 5}
                """);

        assertThat(varied(file)).hasSize(8);
        assertThat(varied(file).getFirst())
                .isEqualTo(Map.of(
                        "optimizer.learning_rate", "1e-3", "run.seed", "0", "run.batch_size", "4", "run.steps", "10"));
        PretrainConfig last =
                file.points().getLast().load(List.of(), List.of(), NOBODY).config();
        assertThat(last.optimizer().learningRate()).isEqualTo(2e-3);
        assertThat(last.run().seed()).isEqualTo(1);
        assertThat(last.run().batchSize()).isEqualTo(8);
        assertThat(last.run().steps()).isEqualTo(5);
    }

    @Test
    void aRangeIsEvenlySpacedInTheLogarithm() throws IOException {
        SweepFile file = read("""
                grid:
                  optimizer.learning_rate: {from: 1e-3, to: 1e-1, points: 3}
                  run.batch_size: {from: 1, to: 4, points: 9}
                """);

        assertThat(varied(file).stream()
                        .map(point -> point.get("optimizer.learning_rate"))
                        .distinct())
                .containsExactly("0.001", "0.01", "0.1");
        // Nine points between 1 and 4 are four integers.
        assertThat(varied(file).stream()
                        .map(point -> point.get("run.batch_size"))
                        .distinct())
                .containsExactly("1", "2", "3", "4");
    }

    @Test
    void drawsRepeatWithTheirSeedAndStayInTheirRanges() throws IOException {
        String draws = """
                log_random:
                  count: 200
                  optimizer.learning_rate: [1e-4, 1e-2]
                  run.batch_size: [2, 64]
                """;
        List<Map<String, String>> first = varied(read("seed: 7\n" + draws));

        assertThat(varied(read("seed: 7\n" + draws))).isEqualTo(first);
        assertThat(varied(read("seed: 8\n" + draws))).isNotEqualTo(first);
        List<Double> rates = first.stream()
                .map(point -> Double.parseDouble(point.get("optimizer.learning_rate")))
                .toList();
        assertThat(rates).hasSize(200).allMatch(rate -> rate >= 1e-4 && rate <= 1e-2);
        // Half of the draws lie in each decade: 100 +- 5 standard deviations.
        assertThat(rates.stream().filter(rate -> rate < 1e-3).count()).isBetween(65L, 135L);
        assertThat(first).allMatch(point -> Integer.parseInt(point.get("run.batch_size")) >= 2);
    }

    @Test
    void aShapeIsABundleOfKeysAndWhatIsVariedBesideItWins() throws IOException {
        SweepFile file = read("""
                set: {run.steps: 7, shape: wide}
                shapes:
                  wide: {model.hidden_size: 512, run.steps: 8, derive.tokens: 1e6}
                  narrow: {model.hidden_size: 128}
                grid:
                  run.seed: [3]
                  shape: [narrow, wide]
                  run.steps: [9]
                """);

        SweepPoint narrow = file.points().getFirst();
        assertThat(narrow.load(List.of(), List.of(), NOBODY).config().model().hiddenSize())
                .isEqualTo(128);
        assertThat(narrow.load(List.of(), List.of(), NOBODY).config().run().steps())
                .isEqualTo(9);
        assertThat(narrow.derived()).containsExactly(Map.entry("tokens", 1e6));
        assertThat(narrow.load(List.of(), List.of("run.steps=11"), NOBODY)
                        .config()
                        .run()
                        .steps())
                .isEqualTo(11);
    }

    @Test
    void theEffectiveConfigNamesTheSweepFile() throws IOException {
        SweepFile file = read("grid:\n  optimizer.learning_rate:\n    - 1e-3\n    - 3e-3\n");

        LoadedConfig config = file.points().getLast().load(List.of(), List.of(), NOBODY);
        assertThat(config.settings()).anySatisfy(setting -> {
            assertThat(setting.key()).isEqualTo("optimizer.learning_rate");
            assertThat(setting.value()).isEqualTo("0.003");
            assertThat(setting.origin()).isEqualTo("sweep.yaml:6");
        });
    }

    @Test
    void anUnknownConfigKeyIsReportedAtItsLine() throws IOException {
        SweepFile file = read("set:\n  optimizer.lerning_rate: 1e-3\ngrid:\n  run.batch_size: [4, many]\n");

        assertThatThrownBy(() -> file.points().getLast().load(List.of(), List.of(), NOBODY))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining("sweep.yaml:4: optimizer.lerning_rate: unknown key; did you mean learning_rate?")
                .hasMessageContaining("sweep.yaml:6: run.batch_size: not an integer (many)");
    }

    static Stream<List<String>> mistakes() {
        return Stream.of(
                List.of("gird: {run.seed: [1]}", "sweep.yaml:3: gird: unknown key; did you mean grid?"),
                List.of("grid: {run.seed: 1}", "sweep.yaml:3: grid.run.seed: no values (1)"),
                List.of("grid: {run.seed: []}", "grid.run.seed: no values"),
                List.of("grid: {shape: [tall]}", "shape: no shape tall; shapes has none"),
                List.of("grid: {run.seed: [1]}\nlist: [{run.seed: 2}]", "run.seed: varied twice"),
                List.of("grid: {run.seed: {from: 3, to: 1, points: 4}}", "grid.run.seed: not a range"),
                List.of("log_random: {run.seed: [1, 2]}", "log_random.count: missing or out of range (0)"),
                List.of("log_random: {count: 2, run.seed: [0, 2]}", "log_random.run.seed: not a range"),
                List.of("set: {derive.tokens: -1}", "set.derive.tokens: not a number above 0 (-1)"),
                List.of("early_stop: {after: 0.5}", "early_stop.margin: missing"),
                List.of("early_stop: {after: 2, margin: 0.1}", "early_stop.after: not a share (2.0)"),
                List.of("threads_per_run: 0", "threads_per_run: out of range (0)"),
                List.of("list: {}", "list: not a list of blocks"),
                List.of("grid: [1]", "grid: not a block (a list)"),
                List.of(
                        "grid: {run.seed: {from: 1, to: 100000, points: 500}, run.steps: {from: 1, to: 100000, points: 500}}",
                        "a sweep has at most 10000"));
    }

    @ParameterizedTest
    @MethodSource("mistakes")
    void mistakesAreNamedWithTheirPlace(List<String> mistake) {
        assertThatThrownBy(() -> read(mistake.getFirst() + "\n"))
                .isInstanceOf(ConfigException.class)
                .hasMessageContaining(mistake.getLast());
    }

    @Test
    void baseAndDirectoryAreRequired() throws IOException {
        Path file = folder.resolve("empty.yaml");
        Files.writeString(file, "set: {}\n");

        assertThatThrownBy(() -> SweepFile.read(file))
                .hasMessageContaining("empty.yaml:1: base: missing")
                .hasMessageContaining("empty.yaml:1: directory: missing");
    }
}
