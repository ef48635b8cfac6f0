package dev.calandra.engine.tape;

import dev.calandra.engine.DType;
import dev.calandra.engine.RouterShape;
import dev.calandra.engine.Tensor;
import java.util.function.Consumer;

/**
 * Losses that a router's logits have beside those of the model's heads: sequence-wise balance (DeepSeek-V3, arXiv 2412.19437,
 * 2.1.2) and z-loss (Zoph et al., arXiv 2202.08906, eq. 5). Since nothing of the forward pass depends on them, they are computed
 * on the way back, together with their gradients, and so once however often a layer is recomputed.
 */
public final class RouterLosses implements Operation {

    /**
     * What the losses of a pass are multiplied by in the gradients; one of scale 0 is not computed at all.
     *
     * @param sequences B, of T / B tokens each
     * @param sequenceBalance factor of each sequence's loss
     * @param routerZ factor of each token's loss
     */
    public record Scales(int sequences, float sequenceBalance, float routerZ) {

        boolean none() {
            return sequenceBalance == 0 && routerZ == 0;
        }
    }

    /**
     * Takes the losses over, unscaled.
     *
     * @param sequenceBalance F64 [1], sum over the sequences of a pass
     * @param routerZ F64 [1], sum over the tokens of a pass
     */
    public record Sums(Consumer<Tensor> sequenceBalance, Consumer<Tensor> routerZ) {}

    private final Tape tape;
    private final Variable logits;
    private final RouterShape shape;
    private final Scales scales;
    private final Sums sums;
    private final Tensor logitsTE;

    private RouterLosses(Tape tape, Variable logits, RouterShape shape, Scales scales, Sums sums) {
        this.tape = tape;
        this.logits = logits;
        this.shape = shape;
        this.scales = scales;
        this.sums = sums;
        this.logitsTE = logits.value().share();
    }

    /**
     * Does nothing on a tape that does not record.
     *
     * @param logits [T, E]
     * @param sums told on the way back
     */
    public static void apply(Tape tape, Variable logits, RouterShape shape, Scales scales, Sums sums) {
        if (tape.recording() && !scales.none()) {
            tape.record(new RouterLosses(tape, logits, shape, scales, sums));
        }
    }

    @Override
    public void backward() {
        logits.addGradient(dLogits -> {
            tape.kernels().fill(dLogits, 0);
            if (scales.sequenceBalance() != 0) {
                addSequenceBalance(dLogits);
            }
            if (scales.routerZ() != 0) {
                addRouterZ(dLogits);
            }
        });
    }

    /** The formula counts the experts of the highest scores: without bias, and among all groups. */
    private void addSequenceBalance(Tensor dLogits) {
        int tokens = logitsTE.rows();
        RouterShape plain = new RouterShape(shape.experts(), 1, 1, shape.topK(), 1);
        try (Tensor bias = tape.memory().allocate(DType.F32, shape.experts());
                Tensor indexTK = tape.memory().allocate(DType.I32, tokens, shape.topK());
                Tensor weightTK = tape.memory().allocate(DType.F32, tokens, shape.topK());
                Tensor lossB = tape.memory().allocate(DType.F32, scales.sequences())) {
            tape.kernels().fill(bias, 0);
            tape.kernels().route(logitsTE, bias, plain, indexTK, weightTK);
            tape.kernels().sequenceBalance(logitsTE, indexTK, scales.sequenceBalance(), dLogits, lossB);
            hand(lossB, sums.sequenceBalance());
        }
    }

    private void addRouterZ(Tensor dLogits) {
        try (Tensor lossT = tape.memory().allocate(DType.F32, logitsTE.rows())) {
            tape.kernels().routerZ(logitsTE, scales.routerZ(), dLogits, lossT);
            hand(lossT, sums.routerZ());
        }
    }

    private void hand(Tensor losses, Consumer<Tensor> to) {
        try (Tensor sum = tape.memory().allocate(DType.F64, 1)) {
            tape.kernels().sum(losses, sum);
            to.accept(sum.share());
        }
    }

    @Override
    public void close() {
        logitsTE.close();
    }
}
