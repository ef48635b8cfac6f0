package dev.calandra.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.configs.CheckpointException;
import dev.calandra.storage.LocalStorage;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SafetensorsTest {
    @TempDir
    Path folder;

    private Path write(List<TensorSource> tensors, Map<String, String> metadata) throws IOException {
        Path file = folder.resolve("t" + System.nanoTime() + ".safetensors");
        SafetensorsWriter.write(new LocalStorage(), file.toString(), tensors, metadata);
        return file;
    }

    @ParameterizedTest
    @EnumSource
    void everyTypeComesBackAtAwkwardSizes(DType dtype) throws IOException {
        Random random = new Random(11);
        List<TensorSource> sources = new ArrayList<>();
        Map<String, byte[]> expected = new HashMap<>();
        for (List<Long> shape : List.of(
                List.<Long>of(),
                List.of(0L),
                List.of(1L),
                List.of(7L),
                List.of(127L),
                List.of(129L, 3L),
                List.of(2L, 0L, 5L),
                List.of(1L, 1L, 1L, 1L))) {
            String name = "tensor-" + shape;
            byte[] bytes = new byte[(int) new TensorInfo(name, dtype, shape).bytes()];
            random.nextBytes(bytes);
            expected.put(name, bytes);
            sources.add(new TensorSource(name, dtype, shape, TensorContent.of(ByteBuffer.wrap(bytes))));
        }
        try (SafetensorsFile file = SafetensorsFile.open(write(sources, Map.of("b", "2", "a", "é\n")))) {
            assertThat(file.tensors()).hasSize(expected.size());
            expected.forEach((name, bytes) ->
                    assertThat(file.read(name).array()).as(name).isEqualTo(bytes));
            assertThat(file.metadata()).containsOnly(Map.entry("a", "é\n"), Map.entry("b", "2"));
        }
    }

    @Test
    void anEmptyFileComesBack() throws IOException {
        try (SafetensorsFile file = SafetensorsFile.open(write(List.of(), Map.of()))) {
            assertThat(file.tensors()).isEmpty();
            assertThat(file.metadata()).isEmpty();
        }
    }

    @Test
    void strangeNamesComeBack() throws IOException {
        List<String> names = List.of("", "a b", "层.0", "\"quoted\"\n", "../../etc/passwd", "😀");
        List<TensorSource> sources = names.stream()
                .map(name -> TensorSource.ofFloats(name, List.of(1L), name.length()))
                .toList();
        try (SafetensorsFile file = SafetensorsFile.open(write(sources, Map.of()))) {
            names.forEach(name -> assertThat(file.readFloats(name)).containsExactly(name.length()));
        }
    }

    @Test
    void tensorsAreAlignedAndTheFileDoesNotDependOnTheirOrder() throws IOException {
        List<TensorSource> sources = new ArrayList<>(Samples.of(3).sources());
        Path first = write(sources, Map.of());
        Collections.reverse(sources);
        Path second = write(sources, Map.of());

        assertThat(second).hasSameBinaryContentAs(first);
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(first)).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(bytes.getLong(0) % 8).isZero();
        try (SafetensorsFile file = SafetensorsFile.open(first)) {
            assertThat(file.tensors())
                    .isSortedAccordingTo((a, b) -> b.dtype().bytes() - a.dtype().bytes());
        }
    }

    /** The golden file was written by the reference implementation. */
    @Test
    void readsAndReproducesAFileOfTheReferenceWriterByteForByte() throws IOException {
        Path golden = folder.resolve("golden.safetensors");
        try (InputStream resource = SafetensorsTest.class.getResourceAsStream("/golden/ling-tiny.safetensors.gz");
                InputStream unpacked = new GZIPInputStream(resource)) {
            Files.copy(unpacked, golden);
        }
        try (SafetensorsFile file = SafetensorsFile.open(golden)) {
            List<TensorSource> sources = file.tensors().stream()
                    .map(t -> new TensorSource(
                            t.name(), t.dtype(), t.shape(), TensorContent.of(() -> file.read(t.name()))))
                    .toList();
            assertThat(sources).hasSizeGreaterThan(100);
            assertThat(write(sources, file.metadata())).hasSameBinaryContentAs(golden);
        }
    }

    @Test
    void floatsOfEveryFloatingType() throws IOException {
        ByteBuffer f64 = ByteBuffer.allocate(16)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putDouble(0.1)
                .putDouble(-2);
        ByteBuffer f16 = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
        f16.putShort(Float.floatToFloat16(1.5f)).putShort(Float.floatToFloat16(-65504));
        ByteBuffer bf16 = ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN);
        bf16.putShort((short) 0x3f80).putShort((short) 0xff80);
        Path path = write(
                List.of(
                        TensorSource.ofFloats("f32", List.of(3L), Float.MIN_VALUE, Float.NaN, -0.0f),
                        new TensorSource("f64", DType.F64, List.of(2L), TensorContent.of(f64.flip())),
                        new TensorSource("f16", DType.F16, List.of(2L), TensorContent.of(f16.flip())),
                        new TensorSource("bf16", DType.BF16, List.of(2L), TensorContent.of(bf16.flip())),
                        TensorSource.ofLongs("i64", List.of(1L), 1)),
                Map.of());
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            assertThat(file.readFloats("f32")).containsExactly(Float.MIN_VALUE, Float.NaN, -0.0f);
            assertThat(file.readFloats("f64")).containsExactly(0.1f, -2f);
            assertThat(file.readFloats("f16")).containsExactly(1.5f, -65504f);
            assertThat(file.readFloats("bf16")).containsExactly(1f, Float.NEGATIVE_INFINITY);
            assertThatThrownBy(() -> file.readFloats("i64"))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("'i64' is I64");
        }
    }

    @Test
    void integersOfEveryIntegerType() throws IOException {
        List<TensorSource> sources = new ArrayList<>();
        for (DType dtype : List.of(DType.BOOL, DType.U8, DType.I8, DType.I16, DType.U16, DType.I32)) {
            byte[] bytes = new byte[dtype.bytes()];
            java.util.Arrays.fill(bytes, dtype == DType.BOOL ? (byte) 1 : (byte) 0xff);
            sources.add(new TensorSource(dtype.name(), dtype, List.of(1L), TensorContent.of(ByteBuffer.wrap(bytes))));
        }
        sources.add(TensorSource.ofLongs("I64", List.of(2L), -100, Integer.MAX_VALUE));
        sources.add(TensorSource.ofLongs("large", List.of(2L), 0, 1L << 31));
        sources.add(TensorSource.ofFloats("F32", List.of(1L), 1));
        try (SafetensorsFile file = SafetensorsFile.open(write(sources, Map.of()))) {
            assertThat(file.readInts("BOOL")).containsExactly(1);
            assertThat(file.readInts("U8")).containsExactly(255);
            assertThat(file.readInts("I8")).containsExactly(-1);
            assertThat(file.readInts("I16")).containsExactly(-1);
            assertThat(file.readInts("U16")).containsExactly(65535);
            assertThat(file.readInts("I32")).containsExactly(-1);
            assertThat(file.readInts("I64")).containsExactly(-100, Integer.MAX_VALUE);
            assertThatThrownBy(() -> file.readInts("large")).hasMessageContaining("'large' element 1 is 2147483648");
            assertThatThrownBy(() -> file.readInts("F32")).hasMessageContaining("'F32' is F32");
        }
    }

    /** Arrays are converted in chunks of 2^17 (reading) and 2^18 (writing) elements. */
    @ParameterizedTest
    @ValueSource(ints = {(1 << 17) - 1, 1 << 17, (1 << 18) + 1})
    void arraysAroundTheChunkSize(int length) throws IOException {
        float[] values = new float[length];
        for (int i = 0; i < length; i++) {
            values[i] = i;
        }
        Path path = write(List.of(TensorSource.ofFloats("t", List.of((long) length), values)), Map.of());
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            assertThat(file.readFloats("t")).isEqualTo(values);
        }
    }

    @Test
    void partsOfATensor() throws IOException {
        Path path = write(List.of(TensorSource.ofLongs("t", List.of(3L), 1, 2, 3)), Map.of());
        try (SafetensorsFile file = SafetensorsFile.open(path)) {
            ByteBuffer part = ByteBuffer.allocateDirect(8).order(ByteOrder.LITTLE_ENDIAN);
            file.read("t", 16, part);
            assertThat(part.getLong(0)).isEqualTo(3);
            assertThatThrownBy(() -> file.read("t", 17, part.clear())).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> file.read("t", -1, part.clear())).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> file.read("u"))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("has no tensor 'u'");
        }
    }

    @Test
    void aContentOfTheWrongLengthLeavesNoFile() {
        List<TensorSource> wrong =
                List.of(new TensorSource("t", DType.F32, List.of(2L), TensorContent.of(ByteBuffer.allocate(7))));
        assertThatThrownBy(() -> write(wrong, Map.of()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("'t' wrote 7 bytes; F32 [2] needs 8");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void twoTensorsOfOneNameAreRefused() {
        TensorSource tensor = TensorSource.ofFloats("t", List.of(1L), 1);
        assertThatThrownBy(() -> write(List.of(tensor, tensor), Map.of())).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aMissingFileIsNamed() {
        assertThatThrownBy(() -> SafetensorsFile.open(folder.resolve("absent.safetensors")))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("absent.safetensors: no such file");
    }
}
