package dev.calandra.trainer.exchange;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.checkpoints.HuggingFaceFolder;
import dev.calandra.checkpoints.HuggingFaceWriter;
import dev.calandra.checkpoints.TensorInfo;
import dev.calandra.checkpoints.TensorSource;
import dev.calandra.configs.ReleasedConfig.Weights;
import dev.calandra.engine.DType;
import dev.calandra.engine.Fp8Tensor;
import dev.calandra.engine.Groups;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.TensorMemory;
import dev.calandra.engine.cpu.CpuKernels;
import dev.calandra.engine.fp8.Fp8Format;
import dev.calandra.storage.LocalStorage;
import dev.calandra.storage.Storage;
import dev.calandra.trainer.model.PublishedTensor;
import dev.calandra.trainer.model.PublishedTensor.Role;
import dev.calandra.trainer.model.StoredWeights;
import dev.calandra.trainer.model.WeightReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each number in the bytes that a release has for it, and back. */
class WeightEncoderTest {

    private static final Storage DISK = new LocalStorage();
    private static final int ROWS = 200;
    private static final int COLUMNS = 300;

    @TempDir
    Path folder;

    private record Numbers(float[] values) implements WeightReader {
        @Override
        public String location() {
            return "memory";
        }

        @Override
        public void read(String name, long first, float[] target, int count) {
            System.arraycopy(values, (int) first, target, 0, count);
        }
    }

    /** Blocks of very different sizes, one of zeros, and values of many magnitudes. */
    private static float[] numbers(long seed) {
        Random random = new Random(seed);
        float[] values = new float[ROWS * COLUMNS];
        for (int i = 0; i < values.length; i++) {
            int block = i / COLUMNS / 128 * 3 + i % COLUMNS / 128;
            double size = block == 4 ? 0 : Math.scalb(1.0, 12 * block - 30);
            values[i] = (float) (random.nextGaussian() * size * Math.exp(-4 * random.nextDouble()));
        }
        return values;
    }

    private Path written(String name, Weights weights, Role role, WeightReader numbers, Long... shape)
            throws IOException {
        Path target = Files.createDirectory(folder.resolve(name));
        List<TensorSource> tensors =
                new WeightEncoder(weights, numbers).encode(new PublishedTensor("w", List.of(shape), role));
        HuggingFaceWriter.write(DISK, target.toString(), tensors, Long.MAX_VALUE, location -> {});
        return target;
    }

    private static float[] read(Path written, int count) {
        float[] values = new float[count];
        try (HuggingFaceFolder tensors = HuggingFaceFolder.open(written)) {
            new StoredWeights(tensors).read("w", 0, values, count);
        }
        return values;
    }

    @ParameterizedTest
    @EnumSource(Weights.class)
    void whatWasReadBackIsWrittenAsTheSameBytes(Weights weights) throws IOException {
        for (int trial = 0; trial < 20; trial++) {
            long seed = System.nanoTime();
            Numbers numbers = new Numbers(numbers(seed));
            Path first = written(weights + "-first-" + trial, weights, Role.LINEAR, numbers, 200L, 300L);
            Numbers back = new Numbers(read(first, ROWS * COLUMNS));
            Path second = written(weights + "-second-" + trial, weights, Role.LINEAR, back, 200L, 300L);
            assertThat(second.resolve("model.safetensors"))
                    .as("seed %d", seed)
                    .hasSameBinaryContentAs(first.resolve("model.safetensors"));
        }
    }

    @Test
    void fp8IsWhatTrainingComputesWith() throws IOException {
        long seed = System.nanoTime();
        float[] values = numbers(seed);
        Path file = written("fp8", Weights.FP8, Role.LINEAR, new Numbers(values), 200L, 300L);
        try (TensorMemory memory = new TensorMemory(true);
                CpuKernels kernels = new CpuKernels(1);
                Tensor w = memory.allocate(DType.F32, ROWS, COLUMNS);
                Tensor decoded = memory.allocate(DType.F32, ROWS, COLUMNS);
                Tensor offsets = memory.allocate(DType.I32, 2);
                Fp8Tensor codes = Fp8Tensor.blocks(memory, Fp8Format.E4M3, ROWS, COLUMNS, ROWS)) {
            w.copyFrom(values);
            offsets.copyFrom(new int[] {0, ROWS});
            kernels.quantiseBlocks(w, codes);
            kernels.dequantise(codes, new Groups(offsets), decoded);

            assertThat(read(file, ROWS * COLUMNS)).as("seed %d", seed).isEqualTo(decoded.toFloats());
        }
    }

    @Test
    void partsOfATensorAreTheSameAsTheWhole() throws IOException {
        Path file = written("parts", Weights.FP8, Role.LINEAR, new Numbers(numbers(5)), 200L, 300L);
        float[] whole = read(file, ROWS * COLUMNS);
        try (HuggingFaceFolder tensors = HuggingFaceFolder.open(file)) {
            StoredWeights stored = new StoredWeights(tensors);
            for (int first = 0; first < whole.length - 1000; first += 997) {
                float[] part = new float[1000];
                stored.read("w", first, part, 1000);
                assertThat(part).isEqualTo(Arrays.copyOfRange(whole, first, first + 1000));
            }
        }
    }

    @Test
    void theTypeFollowsTheRole() throws IOException {
        float[] one = {1.00390625f};
        assertThat(types("a", Weights.BF16, Role.LINEAR, one)).containsExactly("BF16");
        assertThat(read(folder.resolve("a"), 1)).as("a tie goes to even").containsExactly(1f);
        assertThat(types("b", Weights.BF16, Role.EXPERT_BIAS, one)).containsExactly("F32");
        assertThat(read(folder.resolve("b"), 1)).containsExactly(one);
        assertThat(types("c", Weights.FP8, Role.EXACT, one)).containsExactly("BF16");
        assertThat(types("d", Weights.FP8, Role.LINEAR, one)).containsExactlyInAnyOrder("F8_E4M3", "F32");
        assertThat(types("e", Weights.F32, Role.LINEAR, one)).containsExactly("F32");
    }

    private List<String> types(String name, Weights weights, Role role, float[] values) throws IOException {
        try (HuggingFaceFolder tensors =
                HuggingFaceFolder.open(written(name, weights, role, new Numbers(values), 1L, 1L))) {
            return tensors.tensors().stream()
                    .map(TensorInfo::dtype)
                    .map(Enum::name)
                    .toList();
        }
    }

    @Test
    void bf16RoundsToNearestEvenAndKeepsSpecialValues() {
        assertThat(WeightEncoder.bf16(-0f)).isEqualTo((short) 0x8000);
        assertThat(WeightEncoder.bf16(Float.POSITIVE_INFINITY)).isEqualTo((short) 0x7F80);
        assertThat(WeightEncoder.bf16(Float.MAX_VALUE)).isEqualTo((short) 0x7F80);
        assertThat(WeightEncoder.bf16(Float.intBitsToFloat(0x7F80_0001)) & 0x7FFF)
                .isGreaterThan(0x7F80);
        assertThat(WeightEncoder.bf16(Float.intBitsToFloat(0x3F80_8000))).isEqualTo((short) 0x3F80);
        assertThat(WeightEncoder.bf16(Float.intBitsToFloat(0x3F81_8000))).isEqualTo((short) 0x3F82);
    }
}
