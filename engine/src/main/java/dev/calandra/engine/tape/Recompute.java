package dev.calandra.engine.tape;

import dev.calandra.engine.Tensor;

/**
 * A block of operations of which only the input is kept: the way back computes the block again (Chen et al., arXiv
 * 1604.06174). The second pass runs the same kernels on the same values, so the gradients are those of a block whose
 * activations were kept, bit for bit.
 */
public final class Recompute implements Operation {

    /** Operations from one variable to another; must not depend on anything that changes between the two passes. */
    @FunctionalInterface
    public interface Block {
        /**
         * @param tape where to record; {@link Tape#replaying} tells the second pass
         * @param x borrowed
         * @return the caller's to close
         */
        Variable apply(Tape tape, Variable x);
    }

    private final Tape tape;
    private final Variable x;
    private final Variable y;
    private final Tensor kept;
    private final Block block;

    private Recompute(Tape tape, Variable x, Variable y, Block block) {
        this.tape = tape;
        this.x = x;
        this.y = y;
        this.kept = x.value().share();
        this.block = block;
    }

    /** Runs the block; on a tape that does not record this is all. */
    public static Variable apply(Tape tape, Variable x, Block block) {
        if (!tape.recording()) {
            return block.apply(tape, x);
        }
        try (Tape first = tape.withoutRecording()) {
            Variable inner = block.apply(first, first.variable(x.value().share()));
            Variable y = tape.variable(inner.value().share());
            tape.record(new Recompute(tape, x, y, block));
            return y;
        }
    }

    @Override
    public void backward() {
        if (!y.hasGradient()) {
            return;
        }
        try (Tape second = tape.replay()) {
            Variable input = second.variable(kept.share());
            // What others have contributed to x comes first, as it would if the block were recorded: a sum of floats
            // depends on its order.
            hand(x, input);
            try (Variable output = block.apply(second, input)) {
                output.addGradient(y.takeGradient());
            }
            second.backward();
            hand(input, x);
        }
    }

    private static void hand(Variable from, Variable to) {
        if (from.hasGradient()) {
            to.addGradient(from.takeGradient());
        }
    }

    @Override
    public void close() {
        kept.close();
    }
}
