package dev.calandra.configs;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.configs.SourceConfig.Kind;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The defaults of each record: what a config that writes only the required keys means. */
class RecordDefaultsTest {
    @TempDir
    private Path folder;

    private PretrainConfig config;

    @BeforeEach
    void load() {
        config = ConfigFixture.load(folder, ConfigFixture.VALID).config();
    }

    @Test
    void model() {
        assertThat(config.model())
                .isEqualTo(new ModelConfig(
                        4096, 256, 768, 6, 4, 2, 64, 0.5, 10000, 1e-6, true, 32, 1, 4, 4, 2, 128, 1, 2.5, 1, 0.1, false,
                        0.006, 32768));
    }

    @Test
    void precision() {
        assertThat(config.precision()).isEqualTo(new PrecisionConfig(Recipe.FP8_BLOCKWISE, 0));
    }

    @Test
    void optimizer() {
        assertThat(config.optimizer())
                .isEqualTo(new OptimizerConfig(
                        1e-3, 0.9, 0.95, 1e-8, 0.1, 1.0, 1e-3, new ScheduleConfig(ScheduleType.COSINE, 0, 0, 0.1)));
    }

    @Test
    void data() {
        assertThat(config.data())
                .isEqualTo(new DataConfig(
                        Path.of("tokenizer.json"),
                        512,
                        List.of(
                                new SourceConfig("books", Kind.GENERAL, "data/books", 1.0),
                                new SourceConfig("math", Kind.REASONING, "data/math", 1.0)),
                        List.of(new MixturePoint(0, 0.32), new MixturePoint(1, 0.46))));
    }

    @Test
    void run() {
        assertThat(config.run())
                .isEqualTo(new RunConfig(
                        "runs/test",
                        400,
                        8,
                        0,
                        0,
                        0,
                        RunConfig.SaveMode.ASYNC,
                        3,
                        3,
                        0,
                        0,
                        0,
                        32,
                        0,
                        false,
                        RunConfig.Kernels.CPU));
        assertThat(config.run().sequencesPerPass()).isEqualTo(8);
    }

    @Test
    void sourcesAndMixtureMayBeLeftOut() {
        String text = ConfigFixture.VALID.replaceAll("(?s)  sources:.*(?=run:)", "");
        DataConfig data = ConfigFixture.load(folder, text).config().data();
        assertThat(data.sources()).isEmpty();
        assertThat(data.mixture()).isEmpty();
    }
}
