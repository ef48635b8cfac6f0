package dev.calandra.engine.tape;

import dev.calandra.engine.Groups;
import dev.calandra.engine.Operand;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.recipe.Encoded;
import dev.calandra.engine.recipe.Signal;

/** y = x·wᵀ for all rows alike, in the precision of the weight's recipe. */
public final class Linear implements Operation {

    private final Tape tape;
    private final Variable x;
    private final Variable y;
    private final LinearWeight weight;
    private final Groups whole;
    private final KeptColumns xColumns;

    private Linear(Tape tape, LinearInput input, LinearWeight weight, Groups whole, Variable y) {
        this.tape = tape;
        this.x = input.variable();
        this.y = y;
        this.weight = weight;
        this.whole = whole;
        this.xColumns = input.columns(weight, null, whole);
    }

    /** x [T, K] → y [T, N]. */
    public static Variable apply(Tape tape, LinearInput input, LinearWeight weight) {
        Tensor x = input.variable().value();
        Groups whole = tape.whole(x.rows());
        Variable y = tape.allocate(x.rows(), weight.outputs());
        Encoded rows = input.rows(weight);
        tape.kernels().linear(rows.operand(), weightOf(tape, weight), whole, y.value());
        if (tape.recording()) {
            tape.record(new Linear(tape, input, weight, whole, y));
        }
        return y;
    }

    /** x [T, K] → y [T, N] where no other layer reads x. */
    public static Variable apply(Tape tape, Variable x, LinearWeight weight) {
        try (LinearInput input = new LinearInput(tape, x)) {
            return apply(tape, input, weight);
        }
    }

    /** The weight as the forward product reads it, shown to the health probe. */
    static Operand weightOf(Tape tape, LinearWeight weight) {
        Operand operand = weight.operand(tape.kernels(), tape.memory());
        tape.health()
                .observe(weight.name(), Signal.WEIGHT_BLOCKS, weight.weight().value(), weight.encoded(), null);
        return operand;
    }

    @Override
    public void backward() {
        try (Tensor dy = y.takeGradient()) {
            if (dy == null) {
                return;
            }
            try (OutputGradient gradient = new OutputGradient(tape, weight, dy)) {
                Variable.GradientTarget dx = x.gradientTarget();
                tape.kernels()
                        .linearInputGrad(
                                gradient.rows(),
                                weight.operand(tape.kernels(), tape.memory()),
                                whole,
                                dx.tensor(),
                                dx.accumulate());
                gradient.addWeightGradient(dy, xColumns.operand(null, whole), whole);
            }
        }
    }

    @Override
    public void close() {
        xColumns.close();
    }
}
