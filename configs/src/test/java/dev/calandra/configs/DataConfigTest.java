package dev.calandra.configs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

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
    void reasoningShareIsLinearBetweenPointsAndConstantAfterTheLast() {
        DataConfig data = data(
                List.of(BOOKS, MATH),
                new MixturePoint(0, 0.2),
                new MixturePoint(0.5, 0.4),
                new MixturePoint(0.75, 0.1));
        assertThat(data.reasoningShare(0)).isEqualTo(0.2);
        assertThat(data.reasoningShare(0.25)).isCloseTo(0.3, within(1e-12));
        assertThat(data.reasoningShare(0.5)).isEqualTo(0.4);
        assertThat(data.reasoningShare(0.625)).isCloseTo(0.25, within(1e-12));
        assertThat(data.reasoningShare(0.75)).isEqualTo(0.1);
        assertThat(data.reasoningShare(1)).isEqualTo(0.1);
    }

    @Test
    void withoutAMixtureTheWeightsDecide() {
        assertThat(data(List.of(BOOKS, MATH)).reasoningShare(0.5)).isEqualTo(0.25);
        assertThat(data(List.of(BOOKS)).reasoningShare(0.5)).isZero();
    }

    @Test
    void oneKindAloneIsEnoughWhereTheMixtureAsksForNoOther() {
        assertThat(data(List.of(BOOKS), new MixturePoint(0, 0)).reasoningShare(1))
                .isZero();
        assertThat(data(List.of(MATH), new MixturePoint(0, 1)).reasoningShare(1))
                .isEqualTo(1);
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
