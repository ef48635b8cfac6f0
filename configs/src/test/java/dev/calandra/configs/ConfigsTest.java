package dev.calandra.configs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that are no configs, overrides, and what survives a round trip. */
class ConfigsTest {
    @TempDir
    private Path folder;

    private void assertRejected(Path file, String message) {
        assertThatThrownBy(() -> Configs.load(file, List.of()))
                .isInstanceOf(ConfigException.class)
                .hasMessage(file + message);
    }

    private Path file(byte[] content) throws IOException {
        return Files.write(folder.resolve("test.yaml"), content);
    }

    private Path file(String content) throws IOException {
        return file(content.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void filesThatAreNoConfigs() throws IOException {
        assertRejected(folder.resolve("absent.yaml"), ": no such file; check the path");
        assertRejected(folder, ": a directory; name a file");
        String empty = ": empty; a config needs the blocks model, optimizer, data and run";
        assertRejected(file(""), empty);
        assertRejected(file("# nothing here\n"), empty);
        assertRejected(file("just words"), ":1: not a config (just words); write blocks such as 'model:'");
        assertRejected(file("- a\n- b\n"), ":1: not a config (a list); write blocks such as 'model:'");
        assertRejected(file(new byte[] {'a', '\n', 0, 1, 2}), ":2: not text (character U+0000); is this a YAML file?");
        assertRejected(file(new byte[] {(byte) 0xC3, 0x28}), ": not UTF-8 text; is this the right file?");
        assertRejected(file(new byte[Configs.MAX_BYTES + 1]), ": too large; a config has at most 262144 bytes");
        assertRejected(
                file("model:\n  a: " + "[".repeat(100_000)),
                ":2: model.a" + ".0".repeat(18) + ": nested too deeply; a config has at most 20 levels");
        assertRejected(file("%YAML 9.9\n---\na: 1\n"), ": written for another YAML version; remove the %YAML line");
    }

    @Test
    void aByteOrderMarkIsSkipped() {
        assertThat(ConfigFixture.problems(folder, "\uFEFF" + ConfigFixture.VALID))
                .isEmpty();
    }

    /** The core schema of YAML 1.2, where YAML 1.1 read eight, a boolean and a number in base 60. */
    @Test
    void yaml12NotYaml11() {
        PretrainConfig config = ConfigFixture.load(
                        folder,
                        ConfigFixture.VALID
                                .replace("steps: 400", "steps: 010")
                                .replace("name: math", "name: no")
                                .replace("directory: runs/test", "directory: 12:30:45"))
                .config();
        assertThat(config.run().steps()).isEqualTo(10);
        assertThat(config.data().sources().get(1).name()).isEqualTo("no");
        assertThat(config.run().directory()).isEqualTo("12:30:45");
    }

    @Test
    void overridesReplaceValuesBlocksAndItems() {
        PretrainConfig config = ConfigFixture.load(
                        folder,
                        ConfigFixture.VALID,
                        "model.num_hidden_layers=4",
                        "model.num_hidden_layers=3",
                        "precision.recipe=fp32",
                        "optimizer.schedule={type: wsd, decay_steps: 10}",
                        "data.sources.0.path=hdfs://name:9000/books",
                        "data.sources.math.path=2024",
                        "data.mixture=[{at: 0, reasoning: 0.5}]")
                .config();
        assertThat(config.model().numHiddenLayers()).isEqualTo(3);
        assertThat(config.precision().recipe()).isEqualTo(Recipe.FP32);
        assertThat(config.optimizer().schedule()).isEqualTo(new ScheduleConfig(ScheduleType.WSD, 0, 10, 0.1));
        assertThat(config.data().sources())
                .extracting(SourceConfig::path)
                .containsExactly("hdfs://name:9000/books", "2024");
        assertThat(config.data().mixture()).containsExactly(new MixturePoint(0, 0.5));
    }

    @Test
    void wrongOverridesNameTheOption() {
        assertThat(ConfigFixture.problems(
                        folder,
                        ConfigFixture.VALID,
                        "run.stepz=4",
                        "run.batch_size=many",
                        "nonsense",
                        "=4",
                        "run..steps=4",
                        "run.steps=",
                        "run.seed=[1",
                        "model.head_dim.x=1",
                        "data.sources.code.path=data/code",
                        "modl.hidden_size=4"))
                .containsExactlyInAnyOrder(
                        "--set: run.stepz: unknown key; did you mean steps?",
                        "--set: run.batch_size: not an integer (many); write a whole number such as 4",
                        "--set: not a setting (nonsense); write key=value, such as run.steps=100",
                        "--set: not a setting (=4); write key=value, such as run.steps=100",
                        "--set: not a setting (run..steps=4); write key=value, such as run.steps=100",
                        "--set: run.steps: no value; write one after '='",
                        "--set: run.seed: not valid YAML: expected ',' or ']', but got <stream end>",
                        "--set: model.head_dim.x: nothing to set inside model.head_dim, which is a value (64)",
                        "--set: data.sources.code.path: no item code in data.sources; there are 0 (books), 1 (math)",
                        "--set: modl: unknown key; did you mean model?");
    }

    @Test
    void awkwardStringsSurviveARoundTrip() throws IOException {
        for (String text : List.of(
                "true",
                "null",
                "~",
                "12",
                "0x1F",
                ".nan",
                ".5",
                "a: b",
                "a #b",
                "\"q\"",
                "C:\\runs",
                "-",
                "é 中",
                "'",
                "1e5",
                "no")) {
            LoadedConfig loaded = ConfigFixture.load(
                    folder,
                    ConfigFixture.VALID.replace(
                            "runs/test", '"' + text.replace("\\", "\\\\").replace("\"", "\\\"") + '"'));
            assertThat(loaded.config().run().directory()).isEqualTo(text);
            assertThat(Configs.load(file(loaded.effectiveYaml()), List.of()).config())
                    .describedAs(text)
                    .isEqualTo(loaded.config());
        }
    }

    @Test
    void awkwardNumbersSurviveARoundTrip() throws IOException {
        long seed = 20_250_107;
        Random random = new Random(seed);
        for (int i = 0; i < 60; i++) {
            double value = Math.abs(Double.longBitsToDouble(random.nextLong()));
            if (!Double.isFinite(value) || value == 0) {
                continue;
            }
            LoadedConfig loaded = ConfigFixture.load(
                    folder, ConfigFixture.VALID, "optimizer.learning_rate=" + value, "run.seed=" + random.nextLong());
            assertThat(loaded.config().optimizer().learningRate()).isEqualTo(value);
            assertThat(Configs.load(file(Configs.toYaml(loaded.config())), List.of())
                            .config())
                    .describedAs("seed %d, draw %d", seed, i)
                    .isEqualTo(loaded.config());
        }
    }

    @Test
    void damagedFilesAreRejectedOrReadButNeverCrash() throws IOException {
        long seed = 42;
        Random random = new Random(seed);
        String interesting = "{}[]:,-&*!?|>'\"%@`# \n\t0\u0000é~<";
        byte[] valid = ConfigFixture.VALID.getBytes(StandardCharsets.UTF_8);
        int rejected = 0;
        for (int i = 0; i < 600; i++) {
            byte[] damaged = valid.clone();
            for (int change = 0; change <= random.nextInt(4); change++) {
                damaged[random.nextInt(damaged.length)] =
                        (byte) interesting.charAt(random.nextInt(interesting.length()));
            }
            try {
                assertThat(Configs.load(file(damaged), List.of()).config()).isNotNull();
            } catch (ConfigException e) {
                rejected++;
                assertThat(e.getMessage().lines())
                        .describedAs("seed %d, draw %d", seed, i)
                        .hasSameSizeAs(e.problems())
                        .allSatisfy(line -> assertThat(line).startsWith(folder.toString()));
            }
        }
        assertThat(rejected).isGreaterThan(150);
    }
}
