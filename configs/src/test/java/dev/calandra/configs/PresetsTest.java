package dev.calandra.configs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The presets lie beside this module's pom, which is where its tests run. */
class PresetsTest {
    @TempDir
    private Path folder;

    static List<String> presets() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(""))) {
            return files.map(Path::toString)
                    .filter(name -> name.endsWith(".yaml"))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("presets")
    void loadsIsReadyToTrainAndSurvivesARoundTrip(String preset) throws IOException {
        LoadedConfig loaded = Configs.load(Path.of(preset), List.of());
        assertThat(loaded.forTraining()).isEqualTo(loaded.config());
        Path effective = folder.resolve("effective.yaml");
        Files.writeString(effective, loaded.effectiveYaml());
        assertThat(Configs.load(effective, List.of()).config()).isEqualTo(loaded.config());
    }

    @ParameterizedTest
    @MethodSource("presets")
    void writesOutEveryModelKey(String preset) {
        List<Setting> settings = Configs.load(Path.of(preset), List.of()).settings();
        assertThat(settings)
                .filteredOn(setting -> setting.key().startsWith("model."))
                .hasSize(24)
                .allSatisfy(setting -> assertThat(setting.origin()).startsWith(preset + ":"));
    }

    @Test
    void picoIsTheModelOfTheReferenceScript() {
        PretrainConfig pico = Configs.load(Path.of("pico.yaml"), List.of()).config();
        assertThat(pico.model())
                .isEqualTo(new ModelConfig(
                        4096, 256, 768, 6, 4, 2, 64, 0.5, 10000, 1e-6, true, 32, 1, 4, 4, 2, 128, 1, 2.5, 1, 0.1, false,
                        0.02, 2048));
        assertThat(pico.tokensPerStep()).isEqualTo(4096);
        assertThat(pico.precision().recipe()).isEqualTo(Recipe.FP8_BLOCKWISE);
        assertThat(pico.data().mixture()).containsExactly(new MixturePoint(0, 0.32), new MixturePoint(1, 0.46));
    }

    @Test
    void nanoIsTheModelOfTheReferenceScript() {
        PretrainConfig nano = Configs.load(Path.of("nano.yaml"), List.of()).config();
        assertThat(nano.model())
                .isEqualTo(new ModelConfig(
                        8192, 512, 1536, 8, 8, 2, 64, 0.5, 10000, 1e-6, true, 64, 1, 4, 8, 4, 256, 1, 2.5, 1, 0.1,
                        false, 0.02, 2048));
        assertThat(nano.tokensPerStep()).isEqualTo(2048);
    }

    /** Ling 2.0 report, Table 1 and 3.2.2.1. */
    @Test
    void lingMiniIsTheReportsTable() {
        PretrainConfig mini =
                Configs.load(Path.of("ling-mini-2.0.yaml"), List.of()).config();
        assertThat(mini.model())
                .isEqualTo(new ModelConfig(
                        157184, 2048, 5120, 20, 16, 4, 128, 0.5, 10000, 1e-6, true, 256, 1, 8, 8, 4, 512, 1, 2.5, 1,
                        0.1, false, 0.006, 32768));
        assertThat(mini.optimizer().learningRate()).isEqualTo(3.36e-4);
        assertThat(mini.optimizer().schedule()).isEqualTo(new ScheduleConfig(ScheduleType.WSM, 2000, 0, 0.1));
        assertThat(mini.run().batchSize()).isEqualTo(4400);
        assertThat(mini.totalTokens()).isBetween(20_000_000_000_000L, 20_000_020_000_000L);
    }

    /** Ling 2.0 report, 3.2.2: later stages go on with the model of the first, on longer sequences, for 150 and 600 billion tokens. */
    @Test
    void theStagesOfLingFollowOneAnother() {
        PretrainConfig first =
                Configs.load(Path.of("ling-mini-2.0.yaml"), List.of()).config();
        PretrainConfig second =
                Configs.load(Path.of("ling-mini-2.0-midtrain.yaml"), List.of()).config();
        PretrainConfig third =
                Configs.load(Path.of("ling-mini-2.0-reasoning.yaml"), List.of()).config();
        assertThat(third.model()).isEqualTo(second.model());
        assertThat(second.model().ropeTheta()).isEqualTo(600_000);
        assertThat(second.run().directory())
                .isEqualTo(first.run().directory())
                .isEqualTo(third.run().directory());
        assertThat(second.optimizer().learningRate())
                .isEqualTo(first.optimizer().learningRate());
        assertThat((long) (second.run().steps() - first.run().steps()) * second.tokensPerStep())
                .isBetween(150_000_000_000L, 150_020_000_000L);
        assertThat((long) (third.run().steps() - second.run().steps()) * third.tokensPerStep())
                .isBetween(600_000_000_000L, 600_020_000_000L);
        assertThat(second.data().mixture())
                .containsExactly(
                        new MixturePoint(0, first.data().mixture().getLast().reasoning()));
        assertThat(third.data().mixture().getLast().reasoning()).isEqualTo(0.8);
        assertThat(longShare(second)).isCloseTo(0.2, within(1e-12));
    }

    private static double longShare(PretrainConfig config) {
        double longWeight = 0;
        for (SourceConfig.Kind kind : SourceConfig.Kind.values()) {
            List<SourceConfig> sources = config.data().sources().stream()
                    .filter(source -> source.kind() == kind)
                    .toList();
            double all = sources.stream().mapToDouble(SourceConfig::weight).sum();
            double reasoning = config.data().mixture().getFirst().reasoning();
            longWeight += (kind == SourceConfig.Kind.REASONING ? reasoning : 1 - reasoning)
                    * sources.stream()
                            .filter(source -> source.name().startsWith("long"))
                            .mapToDouble(SourceConfig::weight)
                            .sum()
                    / all;
        }
        return longWeight;
    }
}
