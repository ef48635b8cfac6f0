package dev.calandra.engine.tape;

import dev.calandra.engine.DType;
import dev.calandra.engine.Tensor;

/**
 * Two matrices side by side: row t of the result is row t of the left, then row t of the right.
 *
 * <p>Seen as rows of length D, the result [T, 2D] holds left and right rows in turn, so that joining and parting are
 * selections of rows, which the embedding kernel is.
 */
public final class Interleave implements Operation {

    private final Tape tape;
    private final Variable left;
    private final Variable right;
    private final Variable joined;

    private Interleave(Tape tape, Variable left, Variable right, Variable joined) {
        this.tape = tape;
        this.left = left;
        this.right = right;
        this.joined = joined;
    }

    /** Both [T, D] → [T, 2D]. */
    public static Variable apply(Tape tape, Variable left, Variable right) {
        int tokens = left.value().rows();
        int width = left.value().columns();
        Variable joined = tape.allocate(tokens, 2 * width);
        try (Tensor stacked = tape.memory().allocate(DType.F32, 2 * tokens, width);
                Tensor order = tape.memory().allocate(DType.I32, 2 * tokens)) {
            stacked.slice(0, tokens).copyFrom(left.value());
            stacked.slice(tokens, 2 * tokens).copyFrom(right.value());
            for (int t = 0; t < tokens; t++) {
                order.setInt(2 * t, t);
                order.setInt(2 * t + 1, tokens + t);
            }
            tape.kernels().embedding(stacked, order, joined.value().reshape(2 * tokens, width));
        }
        if (tape.recording()) {
            tape.record(new Interleave(tape, left, right, joined));
        }
        return joined;
    }

    @Override
    public void backward() {
        try (Tensor gradient = joined.takeGradient()) {
            if (gradient != null) {
                part(gradient, 0, left);
                part(gradient, 1, right);
            }
        }
    }

    private void part(Tensor gradient, int side, Variable to) {
        int tokens = gradient.rows();
        int width = gradient.columns() / 2;
        try (Tensor order = tape.memory().allocate(DType.I32, tokens)) {
            for (int t = 0; t < tokens; t++) {
                order.setInt(t, 2 * t + side);
            }
            Tensor rows = gradient.reshape(2 * tokens, width);
            to.addGradient(parted -> tape.kernels().embedding(rows, order, parted));
        }
    }

    @Override
    public void close() {
        // Nothing was kept: rows were only moved.
    }
}
