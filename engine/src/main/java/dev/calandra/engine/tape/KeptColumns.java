package dev.calandra.engine.tape;

import dev.calandra.engine.GatheredRows;
import dev.calandra.engine.Groups;
import dev.calandra.engine.Operand;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.recipe.Encoded;
import dev.calandra.engine.recipe.Signal;

/**
 * The input of a linear layer, as its weight gradient will read it: encoded in the forward pass and kept, or, where the
 * input can be computed again cheaply, encoded when it is needed. The two give the same bits.
 */
final class KeptColumns implements AutoCloseable {

    private final Tape tape;
    private final LinearWeight weight;
    private final Variable x;
    private Encoded encoded;

    private KeptColumns(Tape tape, LinearWeight weight, Variable x, Encoded encoded) {
        this.tape = tape;
        this.weight = weight;
        this.x = x;
        this.encoded = encoded;
    }

    /**
     * Encodes now.
     *
     * @param xRK what the layer reads
     * @param token I32 [R], the rows of it; null for all in order
     * @param rows the encoding for the forward product
     */
    static KeptColumns now(Tape tape, LinearWeight weight, Tensor xRK, Tensor token, Encoded rows, Groups groups) {
        return new KeptColumns(tape, weight, null, encode(tape, weight, xRK, token, rows, groups));
    }

    /** Encodes on the way back, from the recomputed value of x. */
    static KeptColumns later(Tape tape, LinearWeight weight, Variable x) {
        return new KeptColumns(tape, weight, x, null);
    }

    private static Encoded encode(
            Tape tape, LinearWeight weight, Tensor xRK, Tensor token, Encoded rows, Groups groups) {
        Operand original = token == null ? xRK : new GatheredRows(xRK, token);
        Encoded columns = weight.recipe().columns(tape.kernels(), tape.memory(), original, rows, groups);
        tape.health().observe(weight.name(), Signal.ACTIVATION_COLUMNS, original, columns, groups);
        return columns;
    }

    /**
     * What the weight gradient reads; borrowed. Called on the way back.
     *
     * @param token as in the forward pass
     * @param groups as in the forward pass
     */
    Operand operand(Tensor token, Groups groups) {
        if (encoded == null) {
            encoded = encode(tape, weight, x.recomputed(), token, null, groups);
        }
        return encoded.operand();
    }

    /** A second handle. */
    KeptColumns share() {
        return new KeptColumns(tape, weight, x, encoded == null ? null : encoded.share());
    }

    @Override
    public void close() {
        if (encoded != null) {
            encoded.close();
        }
    }
}
