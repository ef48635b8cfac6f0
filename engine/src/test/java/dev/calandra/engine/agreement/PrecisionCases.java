package dev.calandra.engine.agreement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.engine.DType;
import dev.calandra.engine.Fp8Tensor;
import dev.calandra.engine.GatheredRows;
import dev.calandra.engine.Groups;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.fp8.Fp8Format;
import dev.calandra.engine.support.TestTensors;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

/** Encoding and decoding: equal byte by byte, at the ends of the range too. */
final class PrecisionCases {

    private static final int[][] SHAPES = {{1, 1}, {7, 127}, {128, 128}, {129, 129}, {3, 300}};
    private static final int[][] GROUPS = {{1}, {0, 7, 0, 129, 1}, {260, 127}, {0, 0, 137}};

    private static final int COLUMNS = 67;

    /** Each is put somewhere into the values. */
    private static final float[] EXTREMES = {
        0f,
        -0f,
        Float.MIN_VALUE,
        -Float.MIN_NORMAL,
        1e-38f,
        Float.MAX_VALUE,
        -Float.MAX_VALUE,
        1e30f,
        Float.POSITIVE_INFINITY,
        Float.NEGATIVE_INFINITY,
        Float.NaN
    };

    private PrecisionCases() {}

    static Stream<KernelCase> all() {
        List<KernelCase> cases = new ArrayList<>();
        for (Fp8Format format : Fp8Format.values()) {
            for (int[] shape : SHAPES) {
                for (Values values : Values.values()) {
                    cases.add(rows(format, shape, values));
                    cases.add(blocks(format, shape, values));
                    cases.add(partsOfBlocks(format, shape, values));
                }
                cases.add(gatheredRows(format, shape));
            }
            for (int[] groups : GROUPS) {
                for (Values values : Values.values()) {
                    cases.add(columns(format, groups, values));
                }
                cases.add(gatheredColumns(format, groups));
            }
        }
        for (Fp8Format format : Fp8Format.values()) {
            cases.add(everyCode(format));
        }
        for (int size : new int[] {1, 7, 127, 128, 129, 1000}) {
            cases.add(casts(size));
        }
        return cases.stream();
    }

    /** What is encoded. */
    private enum Values {
        /** Every row and every column has an exponent of its own, so that all tiles differ. */
        SPREAD,
        ZERO,
        /** Normal values with extremes among them. */
        EXTREME,
        /** Nothing but numbers below the smallest normal float. */
        SUBNORMAL;

        Tensor make(TestTensors tensors, int... shape) {
            Tensor x = tensors.normal(shape);
            int[] ofRow = tensors.random().ints(x.rows(), -30, 30).toArray();
            int[] ofColumn = tensors.random().ints(x.columns(), -12, 12).toArray();
            for (int i = 0; i < x.size(); i++) {
                switch (this) {
                    case SPREAD ->
                        x.setFloat(i, (float)
                                (x.getFloat(i) * Math.pow(10, tensors.random().nextInt(37) - 18)));
                    case ZERO -> x.setFloat(i, i % 3 == 0 ? -0f : 0f);
                    case SUBNORMAL -> x.setFloat(i, x.getFloat(i) * 1e-40f);
                    case EXTREME -> {
                        if (tensors.random().nextInt(100) == 0) {
                            x.setFloat(i, EXTREMES[tensors.random().nextInt(EXTREMES.length)]);
                        }
                    }
                }
            }
            return x;
        }
    }

    private static KernelCase rows(Fp8Format format, int[] shape, Values values) {
        return new KernelCase(
                "quantiseRows %s %s %s".formatted(format, Arrays.toString(shape), values), (kernels, tensors, out) -> {
                    Tensor x = values.make(tensors, shape);
                    Fp8Tensor encoded = tensors.own(Fp8Tensor.rowTiles(tensors.memory(), format, shape[0], shape[1]));
                    Tensor decoded = tensors.output(shape);
                    kernels.quantiseRows(x, encoded);
                    kernels.dequantise(encoded, null, decoded);
                    out.exact("codes", encoded.codes());
                    out.exact("scales", encoded.scales());
                    keepDecoded(out, values, decoded);
                    if (values == Values.SPREAD || values == Values.ZERO) {
                        Tensor statistics = tensors.own(tensors.memory().allocate(DType.F64, 6));
                        kernels.quantisationHealth(x, encoded, null, statistics);
                        out.close("health", statistics, Outputs.DOUBLE_SUM);
                        out.exact("counts", statistics.slice(0, 3));
                    }
                });
    }

    /** The bits of a NaN are free; that it is one is seen in the codes. */
    private static void keepDecoded(Outputs out, Values values, Tensor decoded) {
        if (values == Values.EXTREME) {
            for (int i = 0; i < decoded.size(); i++) {
                if (Float.isNaN(decoded.getFloat(i))) {
                    decoded.setFloat(i, Float.NaN);
                }
            }
        }
        out.exact("decoded", decoded);
    }

    private static KernelCase gatheredRows(Fp8Format format, int[] shape) {
        return new KernelCase(
                "quantiseRows %s gathered %s".formatted(format, Arrays.toString(shape)), (kernels, tensors, out) -> {
                    Tensor source = Values.SPREAD.make(tensors, shape);
                    int rows = 2 * shape[0] + 1;
                    Fp8Tensor encoded = tensors.own(Fp8Tensor.rowTiles(tensors.memory(), format, rows, shape[1]));
                    kernels.quantiseRows(new GatheredRows(source, tensors.randomInts(shape[0], rows)), encoded);
                    out.exact("codes", encoded.codes());
                    out.exact("scales", encoded.scales());
                });
    }

    private static KernelCase columns(Fp8Format format, int[] groupRows, Values values) {
        return new KernelCase(
                "quantiseColumns %s rows %s %s".formatted(format, Arrays.toString(groupRows), values),
                (kernels, tensors, out) -> {
                    Groups groups = tensors.groups(groupRows);
                    int rows = Arrays.stream(groupRows).sum();
                    Tensor x = values.make(tensors, rows, COLUMNS);
                    Fp8Tensor encoded = tensors.columnTilesOutput(format, rows, COLUMNS, groups);
                    Tensor decoded = tensors.output(rows, COLUMNS);
                    kernels.quantiseColumns(x, groups, encoded);
                    kernels.dequantise(encoded, groups, decoded);
                    out.exact("codes", encoded.codes());
                    keepDecoded(out, values, decoded);
                    if (values == Values.SPREAD) {
                        Tensor statistics = tensors.own(tensors.memory().allocate(DType.F64, 6));
                        kernels.quantisationHealth(x, encoded, groups, statistics);
                        out.close("health", statistics, Outputs.DOUBLE_SUM);
                        out.exact("counts", statistics.slice(0, 3));
                    }
                });
    }

    private static KernelCase gatheredColumns(Fp8Format format, int[] groupRows) {
        return new KernelCase(
                "quantiseColumns %s gathered rows %s".formatted(format, Arrays.toString(groupRows)),
                (kernels, tensors, out) -> {
                    Groups groups = tensors.groups(groupRows);
                    int rows = Arrays.stream(groupRows).sum();
                    Tensor source = Values.SPREAD.make(tensors, 5, 33);
                    Tensor index = tensors.randomInts(5, rows);
                    Fp8Tensor encoded = tensors.columnTilesOutput(format, rows, 33, groups);
                    Tensor decoded = tensors.output(rows, 33);
                    kernels.quantiseColumns(new GatheredRows(source, index), groups, encoded);
                    kernels.dequantise(encoded, groups, decoded);
                    out.exact("codes", encoded.codes());
                    out.exact("decoded", decoded);
                    Fp8Tensor scaled = tensors.columnTilesOutput(format, rows, 33, groups);
                    kernels.quantiseColumns(new GatheredRows(source, index, tensors.normal(rows)), groups, scaled);
                    kernels.dequantise(scaled, groups, decoded);
                    out.exact("scaled codes", scaled.codes());
                    out.exact("scaled decoded", decoded);
                });
    }

    private static KernelCase blocks(Fp8Format format, int[] shape, Values values) {
        return new KernelCase(
                "quantiseBlocks %s 3 x %s %s".formatted(format, Arrays.toString(shape), values),
                (kernels, tensors, out) -> {
                    Tensor w = values.make(tensors, 3, shape[0], shape[1]);
                    Fp8Tensor encoded =
                            tensors.own(Fp8Tensor.blocks(tensors.memory(), format, 3 * shape[0], shape[1], shape[0]));
                    Tensor decoded = tensors.output(3 * shape[0], shape[1]);
                    kernels.quantiseBlocks(w, encoded);
                    kernels.dequantise(encoded, null, decoded);
                    out.exact("codes", encoded.codes());
                    out.exact("scales", encoded.scales());
                    keepDecoded(out, values, decoded);
                });
    }

    /** Four holders of rows that cut through matrices and blocks, the third of nothing; together they encode what one does. */
    private static KernelCase partsOfBlocks(Fp8Format format, int[] shape, Values values) {
        return new KernelCase(
                "encodeBlocks %s 3 x %s %s".formatted(format, Arrays.toString(shape), values),
                (kernels, tensors, out) -> {
                    int rows = 3 * shape[0];
                    Tensor w = values.make(tensors, 3, shape[0], shape[1]).reshape(rows, shape[1]);
                    Fp8Tensor whole = tensors.own(Fp8Tensor.blocks(tensors.memory(), format, rows, shape[1], shape[0]));
                    Fp8Tensor parts = tensors.own(Fp8Tensor.blocks(tensors.memory(), format, rows, shape[1], shape[0]));
                    int[] cuts = {0, rows / 5, rows / 2, rows / 2, rows};
                    Tensor maxima = tensors.output(whole.scales().shape());
                    float[] largest = new float[Math.toIntExact(maxima.size())];
                    for (int part = 0; part < 4; part++) {
                        kernels.blockMaxima(w.slice(cuts[part], cuts[part + 1]), cuts[part], parts, maxima);
                        for (int i = 0; i < largest.length; i++) {
                            largest[i] = Math.max(largest[i], maxima.getFloat(i));
                        }
                    }
                    maxima.copyFrom(largest);
                    for (int part = 0; part < 4; part++) {
                        kernels.encodeBlocks(w.slice(cuts[part], cuts[part + 1]), cuts[part], maxima, parts);
                    }
                    kernels.quantiseBlocks(w, whole);
                    assertThat(parts.codes().segment().mismatch(whole.codes().segment()))
                            .isEqualTo(-1);
                    assertThat(parts.scales().segment().mismatch(whole.scales().segment()))
                            .isEqualTo(-1);
                    out.exact("codes", parts.codes());
                    out.exact("maxima", maxima);
                });
    }

    /** Decodes all 256 codes, in tiles of two scales. */
    private static KernelCase everyCode(Fp8Format format) {
        return new KernelCase("dequantise every code of " + format, (kernels, tensors, out) -> {
            Fp8Tensor encoded = tensors.own(Fp8Tensor.rowTiles(tensors.memory(), format, 3, 256));
            for (int i = 0; i < 3 * 256; i++) {
                encoded.codes().segment().setAtIndex(ValueLayout.JAVA_BYTE, i, (byte) i);
            }
            encoded.scales().copyFrom(new float[] {1f, 0x1p-20f, 0x1p20f, 0x1p-127f, 0x1p8f, 3f});
            Tensor decoded = tensors.output(3, 256);
            kernels.dequantise(encoded, null, decoded);
            keepDecoded(out, Values.EXTREME, decoded);
        });
    }

    private static KernelCase casts(int size) {
        return new KernelCase("cast " + size, (kernels, tensors, out) -> {
            Tensor x = Values.SPREAD.make(tensors, size);
            for (int i = 0; i < Math.min(size, EXTREMES.length); i++) {
                // The payload of a NaN is free, so none here.
                x.setFloat(i, Float.isNaN(EXTREMES[i]) ? 1f : EXTREMES[i]);
            }
            Tensor narrow = tensors.output(DType.BF16, size);
            Tensor wide = tensors.output(size);
            kernels.cast(x, narrow);
            kernels.cast(narrow, wide);
            out.exact("BF16", narrow);
            out.exact("F32", wide);
        });
    }
}
