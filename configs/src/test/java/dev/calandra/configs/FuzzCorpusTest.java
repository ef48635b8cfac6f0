package dev.calandra.configs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import dev.calandra.testing.FuzzCorpus;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the fuzzing targets hold for, on their corpora and near them. */
class FuzzCorpusTest {
    private static final int INPUTS = 9;

    static Stream<Arguments> targets() {
        YamlFuzz yaml = new YamlFuzz();
        return Stream.of(
                argumentSet("YamlFuzzInputs/yaml", "YamlFuzzInputs/yaml", (Consumer<byte[]>) yaml::yaml),
                argumentSet("YamlFuzzInputs/json", "YamlFuzzInputs/json", (Consumer<byte[]>) yaml::json));
    }

    @ParameterizedTest
    @MethodSource("targets")
    void theCorpusAndItsNeighbours(String folder, Consumer<byte[]> target) throws Exception {
        FuzzCorpus corpus = FuzzCorpus.of(FuzzCorpusTest.class, folder);

        assertThat(corpus.size()).isGreaterThanOrEqualTo(INPUTS);
        assertThatCode(() -> corpus.run(target)).doesNotThrowAnyException();
    }
}
