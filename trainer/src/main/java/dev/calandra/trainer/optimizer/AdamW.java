package dev.calandra.trainer.optimizer;

import dev.calandra.checkpoints.RowRange;
import dev.calandra.configs.OptimizerConfig;
import dev.calandra.engine.AdamWStep;
import dev.calandra.engine.DType;
import dev.calandra.engine.Kernels;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.TensorMemory;
import dev.calandra.trainer.model.Parameter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * AdamW (Loshchilov & Hutter, arXiv 1711.05101) with F32 weights and F32 moments, and clipping by the global norm, as
 * PyTorch computes both. Weight decay touches tensors of two or more axes only: norms' weights are not decayed.
 *
 * <p>A step is two calls, so that the caller can look at the norm in between and decline: {@link #gradientNorm}, then
 * {@link #step} or nothing; {@link #zeroGradients} in either case.
 */
public final class AdamW implements AutoCloseable {

    /** What PyTorch's clip_grad_norm_ adds to the norm. */
    private static final double CLIP_EPSILON = 1e-6;

    private final OptimizerConfig config;
    private final List<Parameter> parameters;
    private final Kernels kernels;
    private final TensorMemory memory;
    private final List<Moments> moments = new ArrayList<>();
    private final Tensor squaresP;

    /**
     * First and second moment of the gradients of some rows of a parameter.
     *
     * @param parameter whose they are
     * @param rows that this optimizer moves
     * @param first [rows, columns]
     * @param second [rows, columns]
     */
    public record Moments(Parameter parameter, RowRange rows, Tensor first, Tensor second) {}

    /** Moves all rows. Moments start at zero. */
    public AdamW(OptimizerConfig config, List<Parameter> parameters, Kernels kernels, TensorMemory memory) {
        this(config, parameters, parameter -> new RowRange(0, parameter.rows()), kernels, memory);
    }

    /**
     * Moves some rows of each parameter: those that a rank owns (ZeRO stage 1, arXiv 1910.02054, 5.1).
     *
     * @param owned which ones
     */
    public AdamW(
            OptimizerConfig config,
            List<Parameter> parameters,
            Function<Parameter, RowRange> owned,
            Kernels kernels,
            TensorMemory memory) {
        this.config = config;
        this.parameters = List.copyOf(parameters);
        this.kernels = kernels;
        this.memory = memory;
        for (Parameter parameter : parameters) {
            RowRange rows = owned.apply(parameter);
            int[] shape = {Math.toIntExact(rows.rows()), parameter.columns()};
            moments.add(new Moments(parameter, rows, memory.zeros(DType.F32, shape), memory.zeros(DType.F32, shape)));
        }
        this.squaresP = memory.allocate(DType.F64, parameters.size());
    }

    /** The moments, in the order of the parameters. */
    public List<Moments> moments() {
        return List.copyOf(moments);
    }

    /** 2-norm of the gradients of all rows that are moved here, before clipping. */
    public double gradientNorm() {
        return Math.sqrt(gradientSquares());
    }

    /** Sum of squares of those gradients: added in double, parameter by parameter. */
    public double gradientSquares() {
        for (int p = 0; p < moments.size(); p++) {
            Parameter parameter = moments.get(p).parameter();
            Tensor owned = parameter.rows(parameter.gradient(), moments.get(p).rows());
            kernels.sumOfSquares(owned, squaresP.slice(p, p + 1));
        }
        double sum = 0;
        for (int p = 0; p < parameters.size(); p++) {
            sum += squaresP.getDouble(p);
        }
        return sum;
    }

    /** The first parameter whose gradient was not finite at the last {@link #gradientSquares}. */
    public Optional<String> nonFiniteGradient() {
        for (int p = 0; p < parameters.size(); p++) {
            if (!Double.isFinite(squaresP.getDouble(p))) {
                return Optional.of(parameters.get(p).name());
            }
        }
        return Optional.empty();
    }

    /** The first parameter of which a weight is not finite. */
    public Optional<String> nonFiniteWeight() {
        try (Tensor square = memory.allocate(DType.F64, 1)) {
            for (Parameter parameter : parameters) {
                kernels.sumOfSquares(parameter.value(), square);
                if (!Double.isFinite(square.getDouble(0))) {
                    return Optional.of(parameter.name());
                }
            }
            return Optional.empty();
        }
    }

    /**
     * Moves all weights by one step.
     *
     * @param learningRate of this step
     * @param gradientNorm of all gradients, on all ranks; finite
     * @param count optimizer steps so far, this one included: from 1, for the bias corrections
     */
    public void step(double learningRate, double gradientNorm, long count) {
        double scale = clipFactor(config.maxGradNorm(), gradientNorm);
        for (Moments m : moments) {
            Parameter parameter = m.parameter();
            AdamWStep step = new AdamWStep(
                    learningRate,
                    config.beta1(),
                    config.beta2(),
                    config.epsilon(),
                    parameter.decayed() ? config.weightDecay() : 0,
                    count,
                    scale);
            Tensor value = parameter.rows(parameter.value(), m.rows());
            Tensor gradient = parameter.rows(parameter.gradient(), m.rows());
            kernels.adamW(value, gradient, m.first(), m.second(), step);
        }
    }

    /** Clears all gradients for the next step. */
    public void zeroGradients() {
        for (Parameter parameter : parameters) {
            kernels.fill(parameter.gradient(), 0);
        }
    }

    /** What gradients are multiplied by so that their norm does not exceed the maximum: {@code max / (norm + 1e-6)}, at most 1. */
    static double clipFactor(double maximum, double norm) {
        return Math.min(1, maximum / (norm + CLIP_EPSILON));
    }

    @Override
    public void close() {
        for (Moments m : moments) {
            m.first().close();
            m.second().close();
        }
        squaresP.close();
    }
}
