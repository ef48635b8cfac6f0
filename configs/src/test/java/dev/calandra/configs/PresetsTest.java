package dev.calandra.configs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The presets lie beside this module's pom, which is where its tests run. */
class PresetsTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"pico.yaml", "nano.yaml", "ling-mini-2.0.yaml", "ling-flash-2.0.yaml", "ling-1t.yaml"})
    void loadsIsReadyToTrainAndSurvivesARoundTrip(String preset) throws IOException {
        LoadedConfig loaded = Configs.load(Path.of(preset), List.of());
        assertThat(loaded.forTraining()).isEqualTo(loaded.config());
        Path effective = folder.resolve("effective.yaml");
        Files.writeString(effective, loaded.effectiveYaml());
        assertThat(Configs.load(effective, List.of()).config()).isEqualTo(loaded.config());
    }

    @ParameterizedTest
    @ValueSource(strings = {"pico.yaml", "nano.yaml", "ling-mini-2.0.yaml", "ling-flash-2.0.yaml", "ling-1t.yaml"})
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
        assertThat(pico.data().reasoningShare(0)).isEqualTo(0.32);
        assertThat(pico.data().reasoningShare(1)).isEqualTo(0.46);
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
}
