package dev.calandra.checkpoints;

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
        SafetensorsFuzz safetensors = new SafetensorsFuzz();
        return Stream.of(
                argumentSet("SafetensorsFuzzInputs/file", "SafetensorsFuzzInputs/file", (Consumer<byte[]>)
                        safetensors::file),
                argumentSet("SafetensorsFuzzInputs/header", "SafetensorsFuzzInputs/header", (Consumer<byte[]>)
                        safetensors::header),
                argumentSet("ManifestFuzzInputs/forged", "ManifestFuzzInputs/forged", (Consumer<byte[]>)
                        new ManifestFuzz()::forged));
    }

    @ParameterizedTest
    @MethodSource("targets")
    void theCorpusAndItsNeighbours(String folder, Consumer<byte[]> target) throws Exception {
        FuzzCorpus corpus = FuzzCorpus.of(FuzzCorpusTest.class, folder);

        assertThat(corpus.size()).isGreaterThanOrEqualTo(INPUTS);
        assertThatCode(() -> corpus.run(target)).doesNotThrowAnyException();
    }
}
