package dev.calandra.engine.tape;

import dev.calandra.engine.Tensor;

/** The residual stream after a block: stream + branch. */
public final class Residual implements Operation {

    private final Variable stream;
    private final Variable branch;
    private final Variable sum;

    private Residual(Variable stream, Variable branch, Variable sum) {
        this.stream = stream;
        this.branch = branch;
        this.sum = sum;
    }

    /**
     * Both [T, D]. The branch is used up: it is closed, and its memory becomes the sum's where nobody else reads it.
     */
    public static Variable apply(Tape tape, Variable stream, Variable branch) {
        try (Tensor addend = branch.value()) {
            Variable sum = addend.exclusive() ? tape.variable(addend.share()) : tape.allocate(addend.shape());
            tape.kernels().add(stream.value(), addend, sum.value());
            if (tape.recording()) {
                tape.record(new Residual(stream, branch, sum));
            }
            return sum;
        }
    }

    @Override
    public void backward() {
        try (Tensor gradient = sum.takeGradient()) {
            if (gradient != null) {
                stream.addGradient(gradient.share());
                branch.addGradient(gradient.share());
            }
        }
    }

    @Override
    public void close() {
        // Nothing was kept: the gradient of a sum needs no values.
    }
}
