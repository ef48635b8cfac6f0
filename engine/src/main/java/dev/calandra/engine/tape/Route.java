package dev.calandra.engine.tape;

import dev.calandra.engine.DType;
import dev.calandra.engine.DispatchPlan;
import dev.calandra.engine.RouterShape;
import dev.calandra.engine.Tensor;

/** Group-limited choice of experts; see {@link RouterShape}. The choice has no gradient, the weights have. */
public final class Route implements Operation {

    private final Tape tape;
    private final Variable logits;
    private final Variable weight;
    private final RouterShape shape;
    private final Tensor logitsTE;
    private final Tensor indexTK;

    private Route(Tape tape, Variable logits, Variable weight, RouterShape shape, Tensor indexTK) {
        this.tape = tape;
        this.logits = logits;
        this.weight = weight;
        this.shape = shape;
        this.logitsTE = logits.value().share();
        this.indexTK = indexTK.share();
    }

    /**
     * @param logits [T, E]
     * @param biasE added to the scores for the choice only
     * @return the caller's to close
     */
    public static Routing apply(Tape tape, Variable logits, Tensor biasE, RouterShape shape) {
        int tokens = logits.value().rows();
        Variable weight = tape.allocate(tokens, shape.topK());
        try (Tensor indexTK = tape.memory().allocate(DType.I32, tokens, shape.topK());
                DispatchPlan plan = DispatchPlan.allocate(tape.memory(), tokens, shape.topK(), shape.experts())) {
            tape.kernels().route(logits.value(), biasE, shape, indexTK, weight.value());
            tape.kernels().dispatch(indexTK, plan);
            if (tape.recording()) {
                tape.record(new Route(tape, logits, weight, shape, indexTK));
            }
            return new Routing(weight, indexTK.share(), plan.share());
        }
    }

    @Override
    public void backward() {
        try (Tensor dWeight = weight.takeGradient()) {
            if (dWeight != null) {
                logits.addGradient(dLogits -> tape.kernels().routeBackward(dWeight, logitsTE, indexTK, shape, dLogits));
            }
        }
    }

    @Override
    public void close() {
        logitsTE.close();
        indexTK.close();
    }
}
