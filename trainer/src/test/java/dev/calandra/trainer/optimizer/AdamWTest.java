package dev.calandra.trainer.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.calandra.configs.OptimizerConfig;
import dev.calandra.configs.ScheduleConfig;
import dev.calandra.configs.ScheduleType;
import dev.calandra.engine.Kernels;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.TensorMemory;
import dev.calandra.engine.cpu.CpuKernels;
import dev.calandra.engine.tape.Weight;
import dev.calandra.trainer.model.Parameter;
import dev.calandra.trainer.model.Part;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class AdamWTest {

    private static final long SEED = 11;
    private static final OptimizerConfig CONFIG = new OptimizerConfig(
            0.01, 0.9, 0.95, 1e-8, 0.1, 1.0, 0, new ScheduleConfig(ScheduleType.CONSTANT, 0, 0, 0.1));

    private final Random random = new Random(SEED);
    private Kernels kernels;
    private TensorMemory memory;
    private Weight matrix;
    private Weight norm;
    private List<Parameter> parameters;
    private AdamW optimizer;

    @BeforeEach
    void open() {
        kernels = new CpuKernels(2);
        memory = new TensorMemory();
        matrix = new Weight(memory, 7, 19);
        norm = new Weight(memory, 19);
        parameters = List.of(
                new Parameter("matrix", matrix, List.of(new Part("matrix", 0, 7, 7, 19))),
                new Parameter("norm", norm, List.of(new Part("norm", 0, 19, 19))));
        optimizer = new AdamW(CONFIG, parameters, kernels, memory);
    }

    @AfterEach
    void close() {
        optimizer.close();
        matrix.close();
        norm.close();
        memory.close();
        kernels.close();
    }

    private void fill(Tensor tensor, double scale) {
        float[] values = new float[(int) tensor.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (scale * random.nextGaussian());
        }
        tensor.copyFrom(values);
    }

    /** The algorithm in double, one element at a time. */
    private static double[] reference(
            double[] w, double[] m, double[] v, float[] g, double clip, double decay, long t) {
        double[] next = new double[w.length];
        for (int i = 0; i < w.length; i++) {
            double gradient = g[i] * clip;
            m[i] = 0.9 * m[i] + 0.1 * gradient;
            v[i] = 0.95 * v[i] + 0.05 * gradient * gradient;
            double mHat = m[i] / (1 - Math.pow(0.9, t));
            double vHat = v[i] / (1 - Math.pow(0.95, t));
            next[i] = w[i] * (1 - 0.01 * decay) - 0.01 * mHat / (Math.sqrt(vHat) + 1e-8);
        }
        return next;
    }

    @Test
    void followsTheAlgorithmWithClippingAndDecaysMatricesOnly() {
        for (Parameter parameter : parameters) {
            fill(parameter.value(), 1);
        }
        double[][] w = parameters.stream().map(p -> doubles(p.value())).toArray(double[][]::new);
        double[][] m = {new double[w[0].length], new double[w[1].length]};
        double[][] v = {new double[w[0].length], new double[w[1].length]};
        for (long t = 1; t <= 5; t++) {
            // Norms near 11 x scale: from far below to far above the clipping norm of 1.
            double scale = Math.pow(10, t - 4);
            for (Parameter parameter : parameters) {
                fill(parameter.gradient(), scale);
            }
            double expectedNorm = Math.sqrt(squares(matrix.gradient()) + squares(norm.gradient()));
            double gradientNorm = optimizer.gradientNorm();
            assertThat(gradientNorm)
                    .as("seed %d, step %d", SEED, t)
                    .isCloseTo(expectedNorm, within(1e-12 * expectedNorm));
            double clip = Math.min(1, 1.0 / (gradientNorm + 1e-6));
            for (int p = 0; p < 2; p++) {
                float[] g = parameters.get(p).gradient().toFloats();
                w[p] = reference(w[p], m[p], v[p], g, clip, p == 0 ? 0.1 : 0, t);
            }
            optimizer.step(0.01, gradientNorm, t);
            for (int p = 0; p < 2; p++) {
                // F32 weights of order 1: a few roundings each step.
                assertThat(doubles(parameters.get(p).value()))
                        .as("seed %d, step %d", SEED, t)
                        .containsExactly(w[p], within(2e-6));
            }
        }
    }

    @Test
    void clipsAsPyTorchDoes() {
        assertThat(AdamW.clipFactor(1, 0.5)).isEqualTo(1);
        assertThat(AdamW.clipFactor(1, 0)).isEqualTo(1);
        assertThat(AdamW.clipFactor(1, 1)).isEqualTo(1 / (1 + 1e-6));
        assertThat(AdamW.clipFactor(2, 8)).isEqualTo(2 / (8 + 1e-6));
    }

    @Test
    void namesWhatIsNotFinite() {
        assertThat(optimizer.gradientNorm()).isZero();
        assertThat(optimizer.nonFiniteGradient()).isEmpty();
        norm.gradient().setFloat(3, Float.NaN);
        assertThat(optimizer.gradientNorm()).isNaN();
        assertThat(optimizer.nonFiniteGradient()).contains("norm");
        assertThat(optimizer.nonFiniteWeight()).isEmpty();
        matrix.value().setFloat(100, Float.NEGATIVE_INFINITY);
        assertThat(optimizer.nonFiniteWeight()).contains("matrix");
    }

    @Test
    void aNormBeyondFloatRangeIsStillFinite() {
        kernels.fill(matrix.gradient(), 1e30f);
        assertThat(optimizer.gradientNorm()).isCloseTo(Math.sqrt(7 * 19) * 1e30f, within(1e18));
    }

    @Test
    void clearsGradients() {
        fill(matrix.gradient(), 1);
        fill(norm.gradient(), 1);
        optimizer.zeroGradients();
        assertThat(matrix.gradient().toFloats()).containsOnly(0);
        assertThat(norm.gradient().toFloats()).containsOnly(0);
    }

    private static double squares(Tensor tensor) {
        double sum = 0;
        for (float x : tensor.toFloats()) {
            sum += (double) x * x;
        }
        return sum;
    }

    private static double[] doubles(Tensor tensor) {
        float[] values = tensor.toFloats();
        double[] doubles = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            doubles[i] = values[i];
        }
        return doubles;
    }
}
