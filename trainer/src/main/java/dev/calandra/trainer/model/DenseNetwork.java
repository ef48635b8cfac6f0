package dev.calandra.trainer.model;

import dev.calandra.engine.tape.Linear;
import dev.calandra.engine.tape.LinearInput;
import dev.calandra.engine.tape.LinearWeight;
import dev.calandra.engine.tape.SwiGlu;
import dev.calandra.engine.tape.Tape;
import dev.calandra.engine.tape.Variable;

/** One SwiGLU network that every token passes: a dense layer's, or the shared experts', which are one wide network. */
final class DenseNetwork implements FeedForward {

    private final LinearWeight gateUp;
    private final LinearWeight down;

    DenseNetwork(WeightStore store, String prefix, int hidden, int width) {
        this.gateUp = store.gateUp(prefix + ".gate_up_proj.weight", prefix, width, hidden);
        this.down = store.down(prefix + ".down_proj.weight", prefix, hidden, width);
    }

    @Override
    public Variable forward(Pass pass, Variable x) {
        try (LinearInput input = new LinearInput(pass.tape(), x)) {
            return forward(pass.tape(), input);
        }
    }

    Variable forward(Tape tape, LinearInput input) {
        try (Variable gateAndUp = Linear.apply(tape, input, gateUp);
                Variable a = SwiGlu.apply(tape, gateAndUp)) {
            return Linear.apply(tape, a, down);
        }
    }
}
