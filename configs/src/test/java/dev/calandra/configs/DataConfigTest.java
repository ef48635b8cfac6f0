package dev.calandra.configs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.configs.SourceConfig.Kind;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataConfigTest {
    private static final SourceConfig BOOKS = new SourceConfig("books", Kind.GENERAL, "data/books", 3);
    private static final SourceConfig MATH = new SourceConfig("math", Kind.REASONING, "data/math", 1);

    @TempDir
    private Path folder;

    private static DataConfig data(List<SourceConfig> sources, MixturePoint... mixture) {
        return new DataConfig(Path.of("tokenizer.json"), 512, sources, List.of(mixture));
    }

    @Test
    void oneKindAloneIsEnoughWhereTheMixtureAsksForNoOther() {
        MixturePoint none = new MixturePoint(0, 0);
        MixturePoint all = new MixturePoint(0, 1);
        assertThat(data(List.of(BOOKS), none).mixture()).containsExactly(none);
        assertThat(data(List.of(MATH), all).mixture()).containsExactly(all);
    }

    @Test
    void positionsBeyondTheRunNeedTokensAsTheirUnit() {
        assertThatThrownBy(() -> data(List.of(BOOKS, MATH), new MixturePoint(0, 0.2), new MixturePoint(1e9, 0.4)))
                .isInstanceOf(ConfigException.class)
                .hasMessage(
                        "mixture.1.at: not a share (1.0E9); must be between 0 and 1, or set data.mixture_positions to tokens");
    }

    @Test
    void aSourcesScheduleBeginsAtTheStart() {
        List<WeightPoint> late = List.of(new WeightPoint(0.5, 2));
        assertThatThrownBy(() -> new SourceConfig("books", Kind.GENERAL, "data/books", 1, 0, late))
                .isInstanceOf(ConfigException.class)
                .hasMessage("schedule.0.at: not the start (0.5); the first point must be at 0");
    }

    @Test
    void someSourceMustHaveAWeight() {
        assertThatThrownBy(() -> data(List.of(new SourceConfig("books", Kind.GENERAL, "data/books", 0))))
                .isInstanceOf(ConfigException.class)
                .hasMessage("sources: no source has a weight above 0; give at least one a weight");
    }

    @Test
    void trainingNeedsASource() {
        LoadedConfig loaded = ConfigFixture.load(folder, ConfigFixture.VALID, "data.sources=[]");
        assertThatThrownBy(loaded::forTraining)
                .isInstanceOf(ConfigException.class)
                .hasMessage(folder
                        + "/test.yaml: data.sources: empty; training needs at least one folder written by `calandra"
                        + " tokenize`");
    }
}
