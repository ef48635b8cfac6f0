package dev.calandra.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.calandra.storage.LocalStorage;
import dev.calandra.storage.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HuggingFaceWriterTest {
    private static final Storage DISK = new LocalStorage();

    @TempDir
    Path folder;

    /** Tensors of 4, 8, 12, … bytes. */
    private static List<TensorSource> tensors(int count) {
        return IntStream.rangeClosed(1, count)
                .mapToObj(i -> TensorSource.ofFloats("t" + i, List.of((long) i), floats(i)))
                .toList();
    }

    private static float[] floats(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = count + i / 10f;
        }
        return values;
    }

    private List<String> files() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    private void assertReadable(int count) {
        try (HuggingFaceFolder written = HuggingFaceFolder.open(folder)) {
            assertThat(written.tensors()).hasSize(count);
            for (int i = 1; i <= count; i++) {
                assertThat(written.readFloats("t" + i)).containsExactly(floats(i));
            }
        }
    }

    @Test
    void whatFitsIsOneFile() throws IOException {
        assertThat(HuggingFaceWriter.write(DISK, folder.toString(), tensors(4), 40, location -> {}))
                .isEqualTo(40);

        assertThat(files()).containsExactly("model.safetensors");
        assertReadable(4);
        try (SafetensorsFile file = SafetensorsFile.open(folder.resolve("model.safetensors"))) {
            assertThat(file.metadata()).containsEntry("format", "pt");
        }
    }

    @Test
    void moreIsSpreadOverFilesInTheGivenOrder() throws IOException {
        HuggingFaceWriter.write(DISK, folder.toString(), tensors(6), 24, location -> {});

        assertThat(files())
                .containsExactly(
                        "model-00001-of-00004.safetensors",
                        "model-00002-of-00004.safetensors",
                        "model-00003-of-00004.safetensors",
                        "model-00004-of-00004.safetensors",
                        "model.safetensors.index.json");
        assertReadable(6);
        JsonNode index = new ObjectMapper()
                .readTree(folder.resolve("model.safetensors.index.json").toFile());
        assertThat(index.at("/metadata/total_size").asLong()).isEqualTo(84);
        assertThat(index.at("/weight_map/t3").asText()).isEqualTo("model-00001-of-00004.safetensors");
        assertThat(index.at("/weight_map/t4").asText()).isEqualTo("model-00002-of-00004.safetensors");
    }

    @Test
    void aTensorThatIsLargerThanAFileHasOneOfItsOwn() throws IOException {
        HuggingFaceWriter.write(DISK, folder.toString(), tensors(3), 1, location -> {});

        assertThat(files()).hasSize(4);
        assertReadable(3);
    }

    @Test
    void everyFp8CodeHasItsValue() throws IOException {
        ByteBuffer codes = ByteBuffer.allocate(256);
        IntStream.range(0, 256).forEach(code -> codes.put((byte) code));
        TensorContent content = TensorContent.of(codes.flip());
        HuggingFaceWriter.write(
                DISK,
                folder.toString(),
                List.of(
                        new TensorSource("e4m3", DType.F8_E4M3, List.of(256L), content),
                        new TensorSource("e5m2", DType.F8_E5M2, List.of(256L), content)),
                1000,
                location -> {});

        try (HuggingFaceFolder written = HuggingFaceFolder.open(folder)) {
            float[] e4m3 = written.readFloats("e4m3");
            assertThat(new float[] {e4m3[0], e4m3[1], e4m3[8], e4m3[0x38], e4m3[0x7E], e4m3[0xFE]})
                    .containsExactly(0, 0x1p-9f, 0x1p-6f, 1, 448, -448);
            assertThat(e4m3[0x7F]).isNaN();
            float[] e5m2 = written.readFloats("e5m2");
            assertThat(new float[] {e5m2[1], e5m2[4], e5m2[0x3C], e5m2[0x7B], e5m2[0x7C]})
                    .containsExactly(0x1p-16f, 0x1p-14f, 1, 57344, Float.POSITIVE_INFINITY);
            float[] part = new float[3];
            written.readFloats("e4m3", 0x7D, part, 2);
            assertThat(part).containsExactly(416, 448, 0);
        }
    }
}
