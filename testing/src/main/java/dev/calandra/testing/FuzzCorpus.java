package dev.calandra.testing;

import java.io.IOException;
import java.net.URISyntaxException;
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

/** The inputs kept for a fuzzing target, run as an ordinary test without Jazzer's instrumentation. */
public final class FuzzCorpus {
    private static final int NEIGHBOURS = 5000;
    private static final long SEED = 20_261_123;

    private final List<byte[]> inputs;

    private FuzzCorpus(List<byte[]> inputs) {
        this.inputs = inputs;
    }

    /** The corpus in a resource folder beside a test class. */
    public static FuzzCorpus of(Class<?> test, String folder) throws IOException, URISyntaxException {
        List<byte[]> inputs = new ArrayList<>();
        try (Stream<Path> files = Files.list(Path.of(test.getResource(folder).toURI()))) {
            for (Path file : files.sorted().toList()) {
                inputs.add(Files.readAllBytes(file));
            }
        }
        return new FuzzCorpus(inputs);
    }

    /** Number of inputs kept. */
    public int size() {
        return inputs.size();
    }

    /** Runs the target on every input, and on many that are one to three changes away from one; fails with what it throws. */
    public void run(Consumer<byte[]> target) {
        inputs.forEach(target);
        Random random = new Random(SEED);
        for (int i = 0; i < NEIGHBOURS; i++) {
            byte[] input = neighbour(random);
            try {
                target.accept(input);
            } catch (Throwable e) {
                throw new AssertionError(
                        "seed %d, input %d: %s".formatted(SEED, i, new String(input, StandardCharsets.ISO_8859_1)), e);
            }
        }
    }

    private byte[] neighbour(Random random) {
        byte[] result = any(random);
        for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
            int from = random.nextInt(result.length + 1);
            int to = Math.min(result.length, from + random.nextInt(8));
            byte[] other = any(random);
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

    private byte[] any(Random random) {
        return inputs.get(random.nextInt(inputs.size()));
    }
}
