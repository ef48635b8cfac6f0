package dev.calandra.benchmarks;

import dev.calandra.engine.DType;
import dev.calandra.engine.Fp8Tensor;
import dev.calandra.engine.GatheredRows;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.fp8.Fp8Format;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The routed experts: products in F32 and from FP8 codes, encodings, SwiGLU, the way back to the tokens. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ExpertBenchmark {

    private Tensor x;
    private Tensor gateUp;
    private Tensor gateUpWeight;
    private Tensor gateUpWeightGradient;
    private Tensor activation;
    private Tensor answers;
    private Tensor combined;
    private Tensor scale;
    private Tensor scaleGradient;
    private Fp8Tensor xRows;
    private Fp8Tensor xColumns;
    private Fp8Tensor gateUpColumns;
    private Fp8Tensor gateUpBlocks;

    /** Fills every tensor, encodings included. */
    @Setup(Level.Trial)
    public void fill(PicoTensors pico) {
        x = pico.normal(PicoTensors.TOKENS, PicoTensors.HIDDEN);
        gateUp = pico.normal(PicoTensors.ROWS, 2 * PicoTensors.EXPERT_WIDTH);
        gateUpWeight = pico.normal(PicoTensors.EXPERTS, 2 * PicoTensors.EXPERT_WIDTH, PicoTensors.HIDDEN);
        gateUpWeightGradient = pico.memory.zeros(DType.F32, gateUpWeight.shape());
        activation = pico.normal(PicoTensors.ROWS, PicoTensors.EXPERT_WIDTH);
        answers = pico.normal(PicoTensors.ROWS, PicoTensors.HIDDEN);
        combined = pico.normal(PicoTensors.TOKENS, PicoTensors.HIDDEN);
        scale = pico.normal(PicoTensors.ROWS);
        scaleGradient = pico.normal(PicoTensors.ROWS);
        encode(pico);
    }

    private void encode(PicoTensors pico) {
        Fp8Format format = Fp8Format.E4M3;
        xRows = Fp8Tensor.rowTiles(pico.memory, format, PicoTensors.TOKENS, PicoTensors.HIDDEN);
        xColumns =
                Fp8Tensor.columnTiles(pico.memory, format, PicoTensors.ROWS, PicoTensors.HIDDEN, PicoTensors.EXPERTS);
        gateUpColumns = Fp8Tensor.columnTiles(
                pico.memory, format, PicoTensors.ROWS, 2 * PicoTensors.EXPERT_WIDTH, PicoTensors.EXPERTS);
        gateUpBlocks = Fp8Tensor.blocks(
                pico.memory, format, gateUpWeight.rows(), PicoTensors.HIDDEN, PicoTensors.EXPERT_WIDTH);
        quantiseRows(pico);
        quantiseGatheredColumns(pico);
        pico.kernels.quantiseColumns(gateUp, pico.plan.groups(), gateUpColumns);
        quantiseBlocks(pico);
    }

    @Benchmark
    public void quantiseRows(PicoTensors pico) {
        pico.kernels.quantiseRows(x, xRows);
    }

    @Benchmark
    public void quantiseGatheredColumns(PicoTensors pico) {
        pico.kernels.quantiseColumns(new GatheredRows(x, pico.plan.token(), scale), pico.plan.groups(), xColumns);
    }

    @Benchmark
    public void quantiseBlocks(PicoTensors pico) {
        pico.kernels.quantiseBlocks(gateUpWeight, gateUpBlocks);
    }

    @Benchmark
    public void linearF32(PicoTensors pico) {
        pico.kernels.linear(new GatheredRows(x, pico.plan.token()), gateUpWeight, pico.plan.groups(), gateUp);
    }

    @Benchmark
    public void linearFp8(PicoTensors pico) {
        pico.kernels.linear(new GatheredRows(xRows, pico.plan.token()), gateUpBlocks, pico.plan.groups(), gateUp);
    }

    @Benchmark
    public void weightGradientF32(PicoTensors pico) {
        pico.kernels.linearWeightGrad(
                gateUp, new GatheredRows(x, pico.plan.token()), pico.plan.groups(), gateUpWeightGradient);
    }

    @Benchmark
    public void weightGradientFp8(PicoTensors pico) {
        pico.kernels.linearWeightGrad(gateUpColumns, xColumns, pico.plan.groups(), gateUpWeightGradient);
    }

    @Benchmark
    public void swiGlu(PicoTensors pico) {
        pico.kernels.swiGlu(gateUp, activation);
    }

    @Benchmark
    public void swiGluBackward(PicoTensors pico) {
        pico.kernels.swiGluBackward(activation, gateUp, scale, gateUp, scaleGradient);
    }

    @Benchmark
    public void combine(PicoTensors pico) {
        pico.kernels.combine(answers, pico.choiceWeights, pico.plan.slot(), combined, false);
    }
}
