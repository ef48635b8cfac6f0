package dev.calandra.benchmarks;

import dev.calandra.engine.AdamWStep;
import dev.calandra.engine.AttentionShape;
import dev.calandra.engine.DType;
import dev.calandra.engine.Tensor;
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

/** What every token passes through: normalisation, attention, the head with its loss; and the optimizer. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class TokenBenchmark {

    private static final int HEADS = 4;
    private static final int KEY_VALUE_HEADS = 2;
    private static final int HEAD_SIZE = 64;
    private static final int PARAMETERS = 1 << 22;
    private static final float EPSILON = 1e-6f;
    private static final AttentionShape SHAPE =
            AttentionShape.training(PicoTensors.BATCH, PicoTensors.SEQUENCE, HEADS, KEY_VALUE_HEADS, HEAD_SIZE);
    private static final AdamWStep STEP = new AdamWStep(1e-3, 0.9, 0.95, 1e-8, 0.1, 3, 1);

    private Tensor x;
    private Tensor normWeight;
    private Tensor normWeightGradient;
    private Tensor normalised;
    private Tensor rstd;
    private Tensor[] qkv;
    private Tensor[] qkvGradient;
    private Tensor documentStart;
    private Tensor attended;
    private Tensor logSumExp;
    private Tensor head;
    private Tensor headGradient;
    private Tensor target;
    private Tensor loss;
    private Tensor[] optimizer;

    /** Fills every tensor. */
    @Setup(Level.Trial)
    public void fill(PicoTensors pico) {
        x = pico.normal(PicoTensors.TOKENS, PicoTensors.HIDDEN);
        normWeight = pico.normal(PicoTensors.HIDDEN);
        normWeightGradient = pico.normal(PicoTensors.HIDDEN);
        normalised = pico.normal(x.shape());
        rstd = pico.normal(PicoTensors.TOKENS);
        qkv = heads(pico);
        qkvGradient = heads(pico);
        documentStart = pico.memory.zeros(DType.I32, PicoTensors.BATCH, PicoTensors.SEQUENCE);
        attended = pico.normal(PicoTensors.TOKENS, HEADS * HEAD_SIZE);
        logSumExp = pico.normal(PicoTensors.BATCH, HEADS, PicoTensors.SEQUENCE);
        head = pico.normal(PicoTensors.VOCABULARY, PicoTensors.HIDDEN);
        headGradient = pico.normal(head.shape());
        target = pico.indices(PicoTensors.TOKENS, PicoTensors.VOCABULARY);
        loss = pico.normal(PicoTensors.TOKENS);
        optimizer = new Tensor[] {
            pico.normal(PARAMETERS),
            pico.normal(PARAMETERS),
            pico.memory.zeros(DType.F32, PARAMETERS),
            pico.memory.zeros(DType.F32, PARAMETERS)
        };
    }

    private static Tensor[] heads(PicoTensors pico) {
        Tensor q = pico.normal(PicoTensors.BATCH, HEADS, PicoTensors.SEQUENCE, HEAD_SIZE);
        Tensor k = pico.normal(PicoTensors.BATCH, KEY_VALUE_HEADS, PicoTensors.SEQUENCE, HEAD_SIZE);
        Tensor v = pico.normal(PicoTensors.BATCH, KEY_VALUE_HEADS, PicoTensors.SEQUENCE, HEAD_SIZE);
        return new Tensor[] {q, k, v};
    }

    @Benchmark
    public void rmsNorm(PicoTensors pico) {
        pico.kernels.rmsNorm(x, normWeight, EPSILON, normalised, rstd);
    }

    @Benchmark
    public void rmsNormBackward(PicoTensors pico) {
        pico.kernels.rmsNormBackward(normalised, x, normWeight, rstd, normalised, false, normWeightGradient);
    }

    @Benchmark
    public void attention(PicoTensors pico) {
        pico.kernels.attention(qkv[0], qkv[1], qkv[2], documentStart, SHAPE, attended, logSumExp);
    }

    @Benchmark
    public void attentionBackward(PicoTensors pico) {
        pico.kernels.attentionBackward(
                x,
                qkv[0],
                qkv[1],
                qkv[2],
                documentStart,
                SHAPE,
                attended,
                logSumExp,
                qkvGradient[0],
                qkvGradient[1],
                qkvGradient[2]);
    }

    @Benchmark
    public void linearCrossEntropy(PicoTensors pico) {
        pico.kernels.linearCrossEntropy(x, head, target, 1e-4f, normalised, headGradient, loss);
    }

    @Benchmark
    public void adamW(PicoTensors pico) {
        pico.kernels.adamW(optimizer[0], optimizer[1], optimizer[2], optimizer[3], STEP);
    }
}
