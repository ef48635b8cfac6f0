package dev.calandra.engine.tape;

import dev.calandra.engine.Groups;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.recipe.Encoded;
import dev.calandra.engine.recipe.Recipe;
import dev.calandra.engine.recipe.Signal;
import java.util.HashMap;
import java.util.Map;

/**
 * A variable as the input of linear layers. Layers of one recipe that read the same input (a router's experts and the
 * shared expert) share its row encoding, which is freed when this is closed, in the forward pass.
 */
public final class LinearInput implements AutoCloseable {

    private final Tape tape;
    private final Variable x;
    private final Map<Recipe, Encoded> rows = new HashMap<>();

    /** @param x borrowed: must stay open as long as this is */
    public LinearInput(Tape tape, Variable x) {
        this.tape = tape;
        this.x = x;
    }

    Variable variable() {
        return x;
    }

    /** The encoding for the forward product; borrowed. */
    Encoded rows(LinearWeight weight) {
        Encoded encoded = rows.get(weight.recipe());
        if (encoded == null) {
            encoded = weight.recipe().rows(tape.kernels(), tape.memory(), x.value());
            rows.put(weight.recipe(), encoded);
        }
        tape.health().observe(weight.name(), Signal.ACTIVATION_ROWS, x.value(), encoded, null);
        return encoded;
    }

    /**
     * What the weight gradient will read; the caller's to close.
     *
     * @param token I32 [R]: the layer reads these rows of x; null for all rows in order
     */
    KeptColumns columns(LinearWeight weight, Tensor token, Groups groups) {
        if (x.isRecomputable()) {
            return KeptColumns.later(tape, weight, x);
        }
        return KeptColumns.now(tape, weight, x.value(), token, rows.get(weight.recipe()), groups);
    }

    @Override
    public void close() {
        rows.values().forEach(Encoded::close);
        rows.clear();
    }
}
