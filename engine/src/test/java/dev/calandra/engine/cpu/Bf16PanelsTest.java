package dev.calandra.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.engine.DType;
import dev.calandra.engine.Fp8Tensor;
import dev.calandra.engine.GatheredRows;
import dev.calandra.engine.Operand;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.TensorMemory;
import dev.calandra.engine.fp8.Fp8Format;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** BF16 panels hold, bit for bit, what F32 panels hold: every code, with scales from tiny to huge, in every layout. */
class Bf16PanelsTest {

    private static final int ROWS = 300;
    private static final int COLUMNS = 256 + 37;
    private static final int GROUP_START = 40;

    private final TensorMemory memory = new TensorMemory(false);
    private final Quantiser quantiser = new Quantiser(new Workers(1), new Scratch(1));

    @AfterEach
    void close() {
        memory.close();
    }

    @ParameterizedTest
    @EnumSource(Fp8Format.class)
    void rowTiles(Fp8Format format) {
        Fp8Tensor x = Fp8Tensor.rowTiles(memory, format, ROWS, COLUMNS);
        fill(x, 1, 125);
        same(x, 0, 0, 0, ROWS, 0, COLUMNS);
        same(x, 0, 0, 7, 9, 100, 290);
        x.close();
    }

    @ParameterizedTest
    @EnumSource(Fp8Format.class)
    void blocks(Fp8Format format) {
        Fp8Tensor x = Fp8Tensor.blocks(memory, format, ROWS, COLUMNS, 150);
        fill(x, 2, 100);
        same(x, 0, 0, 0, ROWS, 0, COLUMNS);
        x.close();
    }

    @ParameterizedTest
    @ValueSource(ints = {100, 119})
    void columnTiles(int largestExponent) {
        for (Fp8Format format : Fp8Format.values()) {
            Fp8Tensor x = Fp8Tensor.columnTiles(memory, format, ROWS, COLUMNS, 2);
            fill(x, 3, largestExponent);
            same(x, 0, 0, 0, GROUP_START, 0, COLUMNS);
            same(x, 1, GROUP_START, GROUP_START, ROWS, 0, COLUMNS);
            same(x, 1, GROUP_START, GROUP_START + 100, GROUP_START + 200, 31, 131);
            x.close();
        }
    }

    @ParameterizedTest
    @EnumSource(Fp8Format.class)
    void gatheredRows(Fp8Format format) {
        Fp8Tensor x = Fp8Tensor.rowTiles(memory, format, ROWS, COLUMNS);
        fill(x, 4, 10);
        Tensor index = memory.allocate(DType.I32, 50);
        Random random = new Random(5);
        for (int i = 0; i < 50; i++) {
            index.setInt(i, random.nextInt(ROWS));
        }
        same(new GatheredRows(x, index), 0, 0, 0, 50, 0, COLUMNS);
        index.close();
        x.close();
    }

    private static void fill(Fp8Tensor x, long seed, int largestExponent) {
        Random random = new Random(seed);
        byte[] codes = new byte[(int) x.codes().size()];
        random.nextBytes(codes);
        for (int i = 0; i < codes.length; i++) {
            Lanes.setByte(x.codes().address() + i, codes[i]);
        }
        for (long i = 0; i < x.scales().size(); i++) {
            x.scales().setFloat(i, Math.scalb(1f, random.nextInt(2 * largestExponent + 1) - largestExponent));
        }
    }

    private void same(Operand x, int group, int groupStart, int first, int end, int from, int to) {
        int count = (end - first) * (to - from);
        try (Tensor wide = memory.allocate(DType.F32, count);
                Tensor narrow = memory.allocate(DType.BF16, count)) {
            new F32Panels(quantiser).load(x, group, groupStart, first, end, from, to, wide.address());
            new Bf16Panels(quantiser).load(x, group, groupStart, first, end, from, to, narrow.address());
            for (int i = 0; i < count; i++) {
                float expected = wide.getFloat(i);
                float actual = Bf16.decode(Lanes.getShort(narrow.address() + 2L * i));
                // Numbers that are subnormal even to a float are beyond what training meets and BF16 keeps.
                if (Float.isNaN(expected) || Math.abs(expected) >= Float.MIN_NORMAL || expected == 0) {
                    assertThat(Float.valueOf(actual))
                            .as("element %d of %s", i, x)
                            .isEqualTo(Float.valueOf(expected));
                }
            }
        }
    }
}
