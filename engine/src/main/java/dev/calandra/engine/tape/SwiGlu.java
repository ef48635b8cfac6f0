package dev.calandra.engine.tape;

import dev.calandra.engine.Tensor;

/** a = silu(gate)·up (Shazeer, arXiv 2002.05202), from gate and up side by side. */
public final class SwiGlu implements Operation {

    private final Tape tape;
    private final Variable gateUp;
    private final Variable a;
    private final Tensor gateUpTF2;

    private SwiGlu(Tape tape, Variable gateUp, Variable a) {
        this.tape = tape;
        this.gateUp = gateUp;
        this.a = a;
        this.gateUpTF2 = gateUp.value().share();
    }

    /** gateUp [T, 2F] → [T, F]. */
    public static Variable apply(Tape tape, Variable gateUp) {
        Tensor gateUpTF2 = gateUp.value();
        Variable a = tape.allocate(gateUpTF2.rows(), gateUpTF2.columns() / 2);
        tape.kernels().swiGlu(gateUpTF2, a.value());
        if (tape.recording()) {
            tape.record(new SwiGlu(tape, gateUp, a));
        }
        return a;
    }

    @Override
    public void backward() {
        try (Tensor da = a.takeGradient()) {
            if (da != null) {
                gateUp.addGradient(dGateUp -> tape.kernels().swiGluBackward(da, gateUpTF2, null, dGateUp, null));
            }
        }
    }

    @Override
    public void close() {
        gateUpTF2.close();
    }
}
