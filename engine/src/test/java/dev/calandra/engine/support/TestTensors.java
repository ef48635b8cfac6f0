package dev.calandra.engine.support;

import dev.calandra.engine.DType;
import dev.calandra.engine.DispatchPlan;
import dev.calandra.engine.Fp8Tensor;
import dev.calandra.engine.Groups;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.TensorMemory;
import dev.calandra.engine.fp8.Fp8Format;
import dev.calandra.engine.nd4j.Nd4jKernels;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Random;

/**
 * Makes a test's tensors from a seed and closes them at its end. Closing fails when anything else in the memory was left
 * open, so every test is a leak check of the code that it calls.
 */
public final class TestTensors implements AutoCloseable {

    private final TensorMemory memory = new TensorMemory(true);
    private final Deque<AutoCloseable> owned = new ArrayDeque<>();
    private final Nd4jKernels encoder = new Nd4jKernels();
    private final Random random;

    public TestTensors(long seed) {
        random = new Random(seed);
    }

    /** The memory, for code that allocates by itself. */
    public TensorMemory memory() {
        return memory;
    }

    public Random random() {
        return random;
    }

    /** F32 of the values. */
    public Tensor of(float[] values, int... shape) {
        Tensor tensor = own(memory.allocate(DType.F32, shape));
        tensor.copyFrom(values);
        return tensor;
    }

    /** I32 of the values. */
    public Tensor ints(int[] values, int... shape) {
        Tensor tensor = own(memory.allocate(DType.I32, shape));
        tensor.copyFrom(values);
        return tensor;
    }

    /** F32, standard normal. */
    public Tensor normal(int... shape) {
        return of(normals(Math.toIntExact(Tensor.size(shape)), 1), shape);
    }

    /** F32, normal times the deviation. */
    public Tensor normal(double deviation, int[] shape) {
        return of(normals(Math.toIntExact(Tensor.size(shape)), deviation), shape);
    }

    /** BF16, standard normal. */
    public Tensor normalBf16(int... shape) {
        Tensor tensor = own(memory.allocate(DType.BF16, shape));
        encoder.cast(normal(shape), tensor);
        return tensor;
    }

    /** An output: F32, full of NaN, so that what an operation does not write cannot pass. */
    public Tensor output(int... shape) {
        Tensor tensor = own(memory.allocate(DType.F32, shape));
        for (int i = 0; i < tensor.size(); i++) {
            tensor.setFloat(i, Float.NaN);
        }
        return tensor;
    }

    /** An output of another type, full of 0x7F bytes. */
    public Tensor output(DType dtype, int... shape) {
        Tensor tensor = own(memory.allocate(dtype, shape));
        tensor.segment().fill((byte) 0x7F);
        return tensor;
    }

    /** An I32 tensor of values in [0, bound). */
    public Tensor randomInts(int bound, int... shape) {
        int[] values = random.ints(Tensor.size(shape), 0, bound).toArray();
        return ints(values, shape);
    }

    /** One group of all rows. */
    public Groups oneGroup(int rows) {
        return new Groups(ints(new int[] {0, rows}, 2));
    }

    /** Groups of the sizes. */
    public Groups groups(int... sizes) {
        int[] offsets = new int[sizes.length + 1];
        for (int e = 0; e < sizes.length; e++) {
            offsets[e + 1] = offsets[e] + sizes[e];
        }
        return new Groups(ints(offsets, offsets.length));
    }

    /** The values in 1x128 tiles, encoded by the oracle. */
    public Fp8Tensor rowTiles(Tensor x) {
        Fp8Tensor encoded = own(Fp8Tensor.rowTiles(memory, Fp8Format.E4M3, x.rows(), x.columns()));
        encoder.quantiseRows(x, encoded);
        return encoded;
    }

    /** The values in 128x1 tiles per group, encoded by the oracle. */
    public Fp8Tensor columnTiles(Tensor x, Groups groups) {
        Fp8Tensor encoded = columnTilesOutput(Fp8Format.E4M3, x.rows(), x.columns(), groups);
        encoder.quantiseColumns(x, groups, encoded);
        return encoded;
    }

    /** The stack of matrices in 128x128 blocks, encoded by the oracle. */
    public Fp8Tensor blocks(Tensor w, int matrixRows) {
        Fp8Tensor encoded = own(Fp8Tensor.blocks(memory, Fp8Format.E4M3, w.rows(), w.columns(), matrixRows));
        encoder.quantiseBlocks(w, encoded);
        return encoded;
    }

    /** Room for 128x1 tiles. */
    public Fp8Tensor columnTilesOutput(Fp8Format format, int rows, int columns, Groups groups) {
        return own(Fp8Tensor.columnTiles(memory, format, rows, columns, groups.count()));
    }

    /** Room for the plan, full of rubbish. */
    public DispatchPlan plan(int tokens, int topK, int experts) {
        DispatchPlan plan = own(DispatchPlan.allocate(memory, tokens, topK, experts));
        plan.groups().offsets().segment().fill((byte) 0x7F);
        plan.slot().segment().fill((byte) 0x7F);
        plan.token().segment().fill((byte) 0x7F);
        plan.choice().segment().fill((byte) 0x7F);
        return plan;
    }

    /** Closes this with the test. */
    public <T extends AutoCloseable> T own(T closeable) {
        owned.push(closeable);
        return closeable;
    }

    private float[] normals(int count, double deviation) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) (random.nextGaussian() * deviation);
        }
        return values;
    }

    @Override
    public void close() {
        while (!owned.isEmpty()) {
            closeOne(owned.pop());
        }
        encoder.close();
        memory.close();
    }

    private static void closeOne(AutoCloseable closeable) {
        try {
            closeable.close();
        } catch (Exception e) {
            throw new IllegalStateException("cannot close " + closeable, e);
        }
    }
}
