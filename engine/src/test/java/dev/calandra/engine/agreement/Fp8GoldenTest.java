package dev.calandra.engine.agreement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.engine.DType;
import dev.calandra.engine.Fp8Tensor;
import dev.calandra.engine.Groups;
import dev.calandra.engine.Kernels;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.cpu.CpuKernels;
import dev.calandra.engine.fp8.Fp8Format;
import dev.calandra.engine.nd4j.Nd4jKernels;
import dev.calandra.engine.support.GoldenFile;
import dev.calandra.engine.support.TensorsExtension;
import dev.calandra.engine.support.TestTensors;
import java.lang.foreign.ValueLayout;
import java.util.function.Supplier;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Block-scaled FP8 against PyTorch's figures: codes and scales byte by byte, the product in the Frobenius norm. */
@ExtendWith(TensorsExtension.class)
class Fp8GoldenTest {

    /** Products of two decoded FP8 codes are exact in F32; what is left is the order of 320 additions. */
    private static final double PRODUCT_TOLERANCE = 1e-6;

    private final GoldenFile golden = GoldenFile.fp8();

    /** The implementations, each made anew for a test. */
    private enum Implementation {
        ND4J(Nd4jKernels::new),
        CPU(() -> new CpuKernels(2));

        private final Supplier<Kernels> kernels;

        Implementation(Supplier<Kernels> kernels) {
            this.kernels = kernels;
        }
    }

    /** An infinity in each tile keeps it unscaled, so that every golden value is cast as it is. */
    @ParameterizedTest
    @CsvSource({"ND4J, E4M3, cast.e4m3", "ND4J, E5M2, cast.e5m2", "CPU, E4M3, cast.e4m3", "CPU, E5M2, cast.e5m2"})
    void everyGoldenValue(Implementation implementation, Fp8Format format, String name, TestTensors tensors) {
        float[] input = golden.floats("cast.input");
        byte[] expected = golden.codes(name);
        int perTile = Fp8Tensor.TILE - 1;
        int tiles = (input.length + perTile - 1) / perTile;
        Tensor x = tensors.own(tensors.memory().zeros(DType.F32, tiles, Fp8Tensor.TILE));
        for (int i = 0; i < input.length; i++) {
            x.setFloat(position(i, perTile), input[i]);
        }
        for (int tile = 0; tile < tiles; tile++) {
            x.setFloat((long) tile * Fp8Tensor.TILE, Float.POSITIVE_INFINITY);
        }
        Fp8Tensor encoded = tensors.own(Fp8Tensor.rowTiles(tensors.memory(), format, tiles, Fp8Tensor.TILE));
        try (Kernels kernels = implementation.kernels.get()) {
            kernels.quantiseRows(x, encoded);
        }
        byte[] codes = codes(encoded);
        byte[] ofInput = new byte[input.length];
        for (int i = 0; i < input.length; i++) {
            ofInput[i] = codes[Math.toIntExact(position(i, perTile))];
        }
        assertThat(ofInput).isEqualTo(expected);
    }

    private static long position(int i, int perTile) {
        return (long) i / perTile * Fp8Tensor.TILE + 1 + i % perTile;
    }

    @ParameterizedTest
    @EnumSource(Implementation.class)
    void activationsInRowTiles(Implementation implementation, TestTensors tensors) {
        Fp8Tensor encoded = tensors.own(Fp8Tensor.rowTiles(tensors.memory(), Fp8Format.E4M3, 40, 320));
        try (Kernels kernels = implementation.kernels.get()) {
            kernels.quantiseRows(activation(tensors), encoded);
        }
        assertThat(codes(encoded)).isEqualTo(golden.codes("pow2.activation.codes"));
        assertThat(encoded.scales().toFloats()).isEqualTo(golden.floats("pow2.activation.scales"));
    }

    /** The golden file transposes and then encodes rows; here columns are encoded where they stand. */
    @ParameterizedTest
    @EnumSource(Implementation.class)
    void activationsInColumnTiles(Implementation implementation, TestTensors tensors) {
        Groups groups = tensors.oneGroup(40);
        Fp8Tensor encoded = tensors.columnTilesOutput(Fp8Format.E4M3, 40, 320, groups);
        try (Kernels kernels = implementation.kernels.get()) {
            kernels.quantiseColumns(activation(tensors), groups, encoded);
        }
        byte[] codes = codes(encoded);
        byte[] transposed = new byte[codes.length];
        for (int i = 0; i < codes.length; i++) {
            transposed[i % 320 * 40 + i / 320] = codes[i];
        }
        assertThat(transposed).isEqualTo(golden.codes("pow2.activation_t.codes"));
        assertThat(encoded.scales().toFloats()).isEqualTo(golden.floats("pow2.activation_t.scales"));
    }

    @ParameterizedTest
    @EnumSource(Implementation.class)
    void weightsInBlocks(Implementation implementation, TestTensors tensors) {
        Fp8Tensor encoded = tensors.own(Fp8Tensor.blocks(tensors.memory(), Fp8Format.E4M3, 200, 320, 200));
        try (Kernels kernels = implementation.kernels.get()) {
            kernels.quantiseBlocks(tensors.of(golden.floats("weight"), 200, 320), encoded);
        }
        assertThat(codes(encoded)).isEqualTo(golden.codes("pow2.weight.codes"));
        assertThat(encoded.scales().toFloats()).isEqualTo(golden.floats("pow2.weight.scales"));
    }

    @ParameterizedTest
    @EnumSource(Implementation.class)
    void product(Implementation implementation, TestTensors tensors) {
        Tensor y = tensors.output(40, 200);
        try (Kernels kernels = implementation.kernels.get()) {
            kernels.linear(
                    tensors.rowTiles(activation(tensors)),
                    tensors.blocks(tensors.of(golden.floats("weight"), 200, 320), 200),
                    tensors.oneGroup(40),
                    y);
        }
        assertThat(relativeDistance(y.toFloats(), golden.doubles("pow2.product")))
                .isLessThan(PRODUCT_TOLERANCE);
    }

    /** The other convention, 448/amax as it is: only the formats know it, so tiles are cut here. */
    @ParameterizedTest
    @ValueSource(strings = {"activation", "activation_t", "weight"})
    void scalesThatAreNotPowersOfTwo(String name) {
        boolean transposed = name.equals("activation_t");
        float[] values = golden.floats(transposed ? "activation" : name);
        int tileRows = name.equals("weight") ? 128 : 1;
        int columns = transposed ? 40 : 320;
        float[] matrix = transposed ? transpose(values, 40, 320) : values;
        float[] scales = golden.floats("fp32." + name + ".scales");
        byte[] codes = golden.codes("fp32." + name + ".codes");
        int tilesAcross = Fp8Tensor.tiles(columns);
        for (int tile = 0; tile < scales.length; tile++) {
            assertTile(
                    matrix, columns, tile / tilesAcross * tileRows, tileRows, tile % tilesAcross, scales[tile], codes);
        }
    }

    private static void assertTile(
            float[] x, int columns, int firstRow, int tileRows, int tileColumn, float scale, byte[] codes) {
        int toRow = Math.min(firstRow + tileRows, x.length / columns);
        int fromColumn = tileColumn * Fp8Tensor.TILE;
        int toColumn = Math.min(fromColumn + Fp8Tensor.TILE, columns);
        float amax = 0;
        for (int row = firstRow; row < toRow; row++) {
            for (int column = fromColumn; column < toColumn; column++) {
                amax = Math.max(amax, Math.abs(x[row * columns + column]));
            }
        }
        float multiplier = Fp8Format.E4M3.exactMultiplier(amax);
        assertThat(Fp8Format.dequantiseScale(multiplier)).isEqualTo(scale);
        for (int row = firstRow; row < toRow; row++) {
            for (int column = fromColumn; column < toColumn; column++) {
                assertThat(Fp8Format.E4M3.encode(x[row * columns + column] * multiplier))
                        .as("[%d, %d]", row, column)
                        .isEqualTo(codes[row * columns + column]);
            }
        }
    }

    private static float[] transpose(float[] x, int rows, int columns) {
        float[] transposed = new float[x.length];
        for (int i = 0; i < x.length; i++) {
            transposed[i % columns * rows + i / columns] = x[i];
        }
        return transposed;
    }

    private Tensor activation(TestTensors tensors) {
        return tensors.of(golden.floats("activation"), 40, 320);
    }

    private static byte[] codes(Fp8Tensor encoded) {
        return encoded.codes().segment().toArray(ValueLayout.JAVA_BYTE);
    }

    private static double relativeDistance(float[] actual, double[] expected) {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < expected.length; i++) {
            difference += (actual[i] - expected[i]) * (actual[i] - expected[i]);
            norm += expected[i] * expected[i];
        }
        return Math.sqrt(difference / norm);
    }
}
