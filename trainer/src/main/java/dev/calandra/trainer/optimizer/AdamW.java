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
    private final List<List<RowRange>> pieces = new ArrayList<>();
    private final Tensor squares;

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
        this(config, parameters, 1, parameter -> List.of(new RowRange(0, parameter.rows())), kernels, memory);
    }

    /**
     * Moves some rows of each parameter: those that a rank owns (ZeRO stage 1, arXiv 1910.02054, 5.1).
     *
     * @param pieces how many pieces of a parameter are owned
     * @param owned which ones: neighbours, of which some may be empty
     */
    public AdamW(
            OptimizerConfig config,
            List<Parameter> parameters,
            int pieces,
            Function<Parameter, List<RowRange>> owned,
            Kernels kernels,
            TensorMemory memory) {
        this.config = config;
        this.parameters = List.copyOf(parameters);
        this.kernels = kernels;
        this.memory = memory;
        for (Parameter parameter : parameters) {
            List<RowRange> rowsByPiece = owned.apply(parameter);
            this.pieces.add(rowsByPiece);
            RowRange rows = new RowRange(
                    rowsByPiece.getFirst().from(), rowsByPiece.getLast().to());
            int[] shape = {Math.toIntExact(rows.rows()), parameter.columns()};
            moments.add(new Moments(parameter, rows, memory.zeros(DType.F32, shape), memory.zeros(DType.F32, shape)));
        }
        this.squares = memory.allocate(DType.F64, parameters.size(), pieces);
    }

    /** The moments, in the order of the parameters. */
    public List<Moments> moments() {
        return List.copyOf(moments);
    }

    /** 2-norm of the gradients of all rows that are moved here, before clipping. */
    public double gradientNorm() {
        Tensor squaresOfPieces = gradientSquares();
        double sum = 0;
        for (int i = 0; i < squaresOfPieces.size(); i++) {
            sum += squaresOfPieces.getDouble(i);
        }
        return Math.sqrt(sum);
    }

    /** Sums of squares of those gradients, added in double: F64 [P, pieces]; borrowed, until the next call. */
    public Tensor gradientSquares() {
        for (int p = 0; p < parameters.size(); p++) {
            Parameter parameter = parameters.get(p);
            for (int piece = 0; piece < pieces.get(p).size(); piece++) {
                Tensor owned =
                        parameter.rows(parameter.gradient(), pieces.get(p).get(piece));
                int at = p * squares.columns() + piece;
                kernels.sumOfSquares(
                        owned, squares.reshape((int) squares.size()).slice(at, at + 1));
            }
        }
        return squares;
    }

    /** The first parameter whose gradient was not finite at the last {@link #gradientSquares}. */
    public Optional<String> nonFiniteGradient() {
        for (int p = 0; p < parameters.size(); p++) {
            for (int piece = 0; piece < squares.columns(); piece++) {
                if (!Double.isFinite(squares.getDouble((long) p * squares.columns() + piece))) {
                    return Optional.of(parameters.get(p).name());
                }
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
            kernels.fill(parameter.weight().gradients(), 0);
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
        squares.close();
    }
}
