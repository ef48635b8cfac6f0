package dev.calandra.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.params.provider.Arguments.argumentSet;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What the fuzzing targets hold for, on their corpora, without Jazzer's instrumentation. */
class FuzzCorpusTest {
    private static final int NEIGHBOURS = 5000;

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

    /** Every input of the corpus, and many that are one to three changes away from one. */
    @ParameterizedTest
    @MethodSource("targets")
    void theCorpusAndItsNeighbours(String target, Consumer<byte[]> fuzz) throws Exception {
        List<byte[]> corpus = corpus(target);
        assertThat(corpus).as("corpus of %s", target).hasSizeGreaterThan(8);
        corpus.forEach(fuzz);
        long seed = 20_261_123;
        Random random = new Random(seed);
        for (int i = 0; i < NEIGHBOURS; i++) {
            byte[] input = neighbour(corpus.get(random.nextInt(corpus.size())), corpus, random);
            try {
                fuzz.accept(input);
            } catch (Throwable e) {
                throw new AssertionError(
                        "seed %d, input %d: %s".formatted(seed, i, new String(input, StandardCharsets.ISO_8859_1)), e);
            }
        }
    }

    private static byte[] neighbour(byte[] input, List<byte[]> corpus, Random random) {
        byte[] result = input;
        for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
            int from = random.nextInt(result.length + 1);
            int to = Math.min(result.length, from + random.nextInt(8));
            byte[] other = corpus.get(random.nextInt(corpus.size()));
            int start = random.nextInt(other.length + 1);
            byte[] inserted = switch (random.nextInt(4)) {
                case 0 -> new byte[0];
                case 1 -> new byte[] {(byte) random.nextInt(256)};
                case 2 -> Arrays.copyOfRange(result, from, to);
                default -> Arrays.copyOfRange(other, start, Math.min(other.length, start + random.nextInt(24)));
            };
            ByteBuffer joined = ByteBuffer.allocate(from + inserted.length + result.length - to);
            result = joined.put(result, 0, from)
                    .put(inserted)
                    .put(result, to, result.length - to)
                    .array();
        }
        return result;
    }

    private static List<byte[]> corpus(String target) throws Exception {
        Path folder = Path.of(FuzzCorpusTest.class.getResource(target).toURI());
        List<byte[]> inputs = new ArrayList<>();
        try (Stream<Path> files = Files.list(folder)) {
            for (Path file : files.sorted().toList()) {
                inputs.add(Files.readAllBytes(file));
            }
        }
        return inputs;
    }
}
