package dev.calandra.engine.tape;

import dev.calandra.engine.Groups;
import dev.calandra.engine.Operand;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.recipe.Encoded;
import dev.calandra.engine.recipe.Signal;

/** The gradient of a linear layer's output, encoded for the two products that read it. */
final class OutputGradient implements AutoCloseable {

    private final Tape tape;
    private final LinearWeight weight;
    private final Encoded rows;

    /** Encodes along rows. */
    OutputGradient(Tape tape, LinearWeight weight, Tensor dy) {
        this.tape = tape;
        this.weight = weight;
        this.rows = weight.recipe().rows(tape.kernels(), tape.memory(), dy);
        tape.health().observe(weight.name(), Signal.GRADIENT_ROWS, dy, rows, null);
    }

    /** What the input gradient reads; borrowed. */
    Operand rows() {
        return rows.operand();
    }

    /** Adds to the weight's gradient; to that of each source where the groups tell sources apart. */
    void addWeightGradient(Operand dy, Operand xColumns, Groups groups) {
        try (Encoded columns = weight.recipe().columns(tape.kernels(), tape.memory(), dy, rows, groups)) {
            tape.health().observe(weight.name(), Signal.GRADIENT_COLUMNS, dy, columns, groups);
            tape.kernels()
                    .linearWeightGrad(
                            columns.operand(), xColumns, groups, weight.weight().gradients());
        }
    }

    @Override
    public void close() {
        rows.close();
    }
}
