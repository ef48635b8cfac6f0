package dev.calandra.benchmarks;

import dev.calandra.engine.DType;
import dev.calandra.engine.DispatchPlan;
import dev.calandra.engine.Groups;
import dev.calandra.engine.RouterShape;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.TensorMemory;
import dev.calandra.engine.cpu.CpuKernels;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Kernels, memory and a random routing at pico's sizes; every benchmark state builds on it. */
@State(Scope.Benchmark)
public class PicoTensors {

    static final int BATCH = 8;
    static final int SEQUENCE = 512;
    static final int TOKENS = BATCH * SEQUENCE;
    static final int HIDDEN = 256;
    static final int EXPERTS = 32;
    static final int CHOICES = 4;
    static final int EXPERT_WIDTH = 128;
    static final int ROWS = TOKENS * CHOICES;
    static final int VOCABULARY = 4096;

    private static final long SEED = 1;
    private static final RouterShape ROUTER = new RouterShape(EXPERTS, 4, 2, CHOICES, 2.5f);

    @Param({"1", "2"})
    public int threads;

    private final RandomGenerator random =
            RandomGeneratorFactory.of("L64X128MixRandom").create(SEED);

    CpuKernels kernels;
    TensorMemory memory;
    Groups dense;
    DispatchPlan plan;
    Tensor choiceWeights;

    @Setup(Level.Trial)
    public void open() {
        memory = new TensorMemory(false);
        kernels = new CpuKernels(threads);
        Tensor offsets = memory.allocate(DType.I32, 2);
        offsets.copyFrom(new int[] {0, TOKENS});
        dense = new Groups(offsets);
        Tensor index = memory.allocate(DType.I32, TOKENS, CHOICES);
        choiceWeights = memory.allocate(DType.F32, TOKENS, CHOICES);
        kernels.route(normal(TOKENS, EXPERTS), memory.zeros(DType.F32, EXPERTS), ROUTER, index, choiceWeights);
        plan = DispatchPlan.allocate(memory, TOKENS, CHOICES, EXPERTS);
        kernels.dispatch(index, plan);
    }

    /** A tensor of standard normal values. */
    Tensor normal(int... shape) {
        Tensor tensor = memory.allocate(DType.F32, shape);
        float[] values = new float[Math.toIntExact(tensor.size())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        tensor.copyFrom(values);
        return tensor;
    }

    /** Random numbers in [0, bound). */
    Tensor indices(int count, int bound) {
        Tensor tensor = memory.allocate(DType.I32, count);
        for (int i = 0; i < count; i++) {
            tensor.setInt(i, random.nextInt(bound));
        }
        return tensor;
    }

    /** Ends the threads; the process ends with its memory. */
    @TearDown(Level.Trial)
    public void close() {
        kernels.close();
    }
}
