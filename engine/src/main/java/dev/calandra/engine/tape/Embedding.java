package dev.calandra.engine.tape;

import dev.calandra.engine.Tensor;

/** out[t] = table[id[t]]. */
public final class Embedding implements Operation {

    private final Tape tape;
    private final Variable out;
    private final Weight table;
    private final Tensor idT;

    private Embedding(Tape tape, Variable out, Weight table, Tensor idT) {
        this.tape = tape;
        this.out = out;
        this.table = table;
        this.idT = idT.share();
    }

    /** table [V, D], ids I32 [T] in [0, V) → [T, D]. */
    public static Variable apply(Tape tape, Weight table, Tensor idT) {
        Variable out = tape.allocate((int) idT.size(), table.value().dim(-1));
        tape.kernels().embedding(table.value(), idT, out.value());
        if (tape.recording()) {
            tape.record(new Embedding(tape, out, table, idT));
        }
        return out;
    }

    @Override
    public void backward() {
        try (Tensor dOut = out.takeGradient()) {
            if (dOut != null) {
                tape.kernels().embeddingBackward(dOut, idT, table.gradient());
            }
        }
    }

    @Override
    public void close() {
        idT.close();
    }
}
