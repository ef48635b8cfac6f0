package dev.calandra.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ParityCommandTest {
    /** What the published model code computed; the trainer's tests read every figure of it. */
    private static final Path GOLDEN = Path.of("../trainer/src/test/resources/golden/ling-tiny");

    @TempDir
    private Path folder;

    @BeforeEach
    void unpack() throws IOException {
        Files.copy(GOLDEN.resolve("config.json"), folder.resolve("config.json"));
        for (String name : new String[] {"model.safetensors", "expected.safetensors"}) {
            try (InputStream packed = new GZIPInputStream(Files.newInputStream(GOLDEN.resolve(name + ".gz")))) {
                Files.copy(packed, folder.resolve(name));
            }
        }
    }

    private Terminal parity(String expected, String... options) {
        String[] arguments = new String[3 + options.length];
        arguments[0] = "parity";
        arguments[1] = folder.toString();
        arguments[2] = folder.resolve(expected).toString();
        System.arraycopy(options, 0, arguments, 3, options.length);
        return Terminal.run(arguments);
    }

    @Test
    void thePublishedImplementationIsMatchedTensorByTensor() {
        Terminal terminal = parity("expected.safetensors");

        assertThat(terminal.status()).as(terminal.out() + terminal.err()).isZero();
        assertThat(terminal.out()).contains("logits", "router.0.topk_idx", "grad.", " 0 beyond the limit");
    }

    @Test
    void otherWeightsAreANumericsError() throws IOException {
        byte[] weights = Files.readAllBytes(folder.resolve("model.safetensors"));
        Arrays.fill(weights, weights.length / 2, weights.length, (byte) 0);
        Files.write(folder.resolve("model.safetensors"), weights);

        Terminal terminal = parity("expected.safetensors");

        assertThat(terminal.status()).isEqualTo(5);
        assertThat(terminal.out()).contains("FAILS");
    }

    @Test
    void aFileWithoutInputsIsRefused() {
        Terminal terminal = parity("model.safetensors");

        assertThat(terminal.status()).isEqualTo(4);
        assertThat(terminal.err().lines()).singleElement().asString().contains("model.safetensors", "input_ids");
    }
}
