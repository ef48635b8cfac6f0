package dev.calandra.engine.recipe;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.engine.DType;
import dev.calandra.engine.Fp8Tensor;
import dev.calandra.engine.GatheredRows;
import dev.calandra.engine.Groups;
import dev.calandra.engine.Kernels;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.cpu.CpuKernels;
import dev.calandra.engine.fp8.Fp8Format;
import dev.calandra.engine.support.TensorsExtension;
import dev.calandra.engine.support.TestTensors;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(TensorsExtension.class)
class RecipeTest {

    private static final int ROWS = 130;
    private static final int COLUMNS = 129;

    @Test
    void fp32ReadsTheTensorItself(TestTensors tensors) {
        Tensor x = tensors.normal(ROWS, COLUMNS);
        Groups whole = tensors.oneGroup(ROWS);
        Recipe recipe = new Fp32();
        try (Kernels kernels = new CpuKernels(1);
                Encoded rows = recipe.rows(kernels, tensors.memory(), x);
                Encoded columns = recipe.columns(kernels, tensors.memory(), x, rows, whole)) {
            assertThat(((Tensor) rows.operand()).address()).isEqualTo(x.address());
            assertThat(((Tensor) columns.operand()).address()).isEqualTo(x.address());
        }
    }

    @Test
    void bf16ReadsOneRoundedCopyBothWays(TestTensors tensors) {
        Tensor x = tensors.normal(ROWS, COLUMNS);
        Tensor token = tensors.ints(new int[] {5, 1}, 2);
        Groups groups = tensors.groups(1, 1);
        Recipe recipe = new Bf16();
        try (Kernels kernels = new CpuKernels(1);
                Encoded rows = recipe.rows(kernels, tensors.memory(), x);
                Encoded gathered =
                        recipe.columns(kernels, tensors.memory(), new GatheredRows(x, token), rows, groups)) {
            Tensor rounded = (Tensor) rows.operand();
            assertThat(rounded.dtype()).isEqualTo(DType.BF16);
            Tensor source = (Tensor) ((GatheredRows) gathered.operand()).source();
            assertThat(source.address()).isEqualTo(rounded.address());
        }
    }

    @Test
    void fp8ColumnsComeFromTheValuesNotFromTheRowTiles(TestTensors tensors) {
        Tensor x = tensors.normal(ROWS, COLUMNS);
        // One token a thousand times as loud as the others: tiles along tokens lose the quiet ones' digits, tiles along
        // features do not.
        for (int c = 0; c < COLUMNS; c++) {
            x.setFloat(c, 1000 * x.getFloat(c));
        }
        Groups whole = tensors.oneGroup(ROWS);
        Recipe recipe = new Fp8Blockwise(Fp8Format.E4M3);
        try (Kernels kernels = new CpuKernels(1);
                Encoded rows = recipe.rows(kernels, tensors.memory(), x);
                Encoded columns = recipe.columns(kernels, tensors.memory(), x, rows, whole)) {
            Fp8Tensor actual = (Fp8Tensor) columns.operand();
            Fp8Tensor expected = tensors.columnTiles(x, whole);
            assertThat(actual.layout()).isEqualTo(Fp8Tensor.Layout.COLUMN_TILES);
            assertThat(bytes(actual.codes())).containsExactly(bytes(expected.codes()));
            assertThat(actual.scales().toFloats())
                    .containsExactly(expected.scales().toFloats());
        }
    }

    @Test
    void gateAndUpHaveBlocksOfTheirOwn(TestTensors tensors) {
        int width = 70;
        Tensor gateUp = tensors.normal(2, 2 * width, 40);
        // A loud gate must not cost the quiet up matrix its digits, though both would fit one block of 128 rows.
        for (int i = 0; i < width * 40; i++) {
            gateUp.setFloat(i, 1e6f * gateUp.getFloat(i));
        }
        try (Kernels kernels = new CpuKernels(1);
                Encoded encoded = new Fp8Blockwise(Fp8Format.E4M3).weight(kernels, tensors.memory(), gateUp, width)) {
            Fp8Tensor blocks = (Fp8Tensor) encoded.operand();
            assertThat(blocks.scales().shape()).containsExactly(4, 1, 1);
            Tensor decoded = tensors.output(4 * width, 40);
            kernels.dequantise(blocks, null, decoded);
            float[] up = gateUp.reshape(4 * width, 40).slice(width, 2 * width).toFloats();
            float[] decodedUp = decoded.slice(width, 2 * width).toFloats();
            for (int i = 0; i < up.length; i++) {
                // Half a unit in the third mantissa bit, or half the smallest step of the block.
                assertThat(Math.abs(decodedUp[i] - up[i])).isLessThan(Math.abs(up[i]) / 16 + 1e-4f);
            }
        }
    }

    @Test
    void anEncodingOutlivesWhatItSharedFrom(TestTensors tensors) {
        Tensor x = tensors.normal(3, 4);
        float[] values = x.toFloats();
        Encoded encoded = Encoded.sharing(x);
        x.close();
        try (Encoded second = encoded.share()) {
            encoded.close();
            assertThat(((Tensor) second.operand()).toFloats()).containsExactly(values);
        }
    }

    private static byte[] bytes(Tensor codes) {
        return codes.segment().toArray(ValueLayout.JAVA_BYTE);
    }
}
