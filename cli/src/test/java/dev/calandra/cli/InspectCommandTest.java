package dev.calandra.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class InspectCommandTest {

    @TempDir
    private Path folder;

    /** A safetensors file with one tensor of two floats, 3 and 4. */
    private Path twoFloats() throws IOException {
        byte[] header =
                "{\"w\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]}}".getBytes(StandardCharsets.UTF_8);
        ByteBuffer file = ByteBuffer.allocate(8 + header.length + 8).order(ByteOrder.LITTLE_ENDIAN);
        file.putLong(header.length).put(header).putFloat(3).putFloat(4);
        return Files.write(folder.resolve("two.safetensors"), file.array());
    }

    @Test
    void aTensorFileIsShownWithNorms() throws IOException {
        Terminal terminal = Terminal.run("inspect", twoFloats().toString());

        assertThat(terminal.status()).isZero();
        assertThat(terminal.out())
                .containsPattern("w +\\[1, 2\\] +F32 +5\\.00000\\R")
                .contains("1 tensors, 2 elements");
    }

    @Test
    void aTruncatedFileIsACheckpointError() throws IOException {
        Path file = twoFloats();
        Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 70));

        Terminal terminal = Terminal.run("inspect", file.toString());

        assertThat(terminal.status()).isEqualTo(4);
        assertThat(terminal.err().lines()).singleElement().asString().contains("two.safetensors");
    }

    @Test
    void aFolderWithoutCheckpointSaysWhatWasExpected() {
        Terminal terminal = Terminal.run("inspect", folder.toString());

        assertThat(terminal.status()).isEqualTo(4);
        assertThat(terminal.err().lines()).singleElement().asString().contains(folder.toString(), "no step-* folder");
    }
}
