package dev.calandra.engine.recipe;

import dev.calandra.engine.Groups;
import dev.calandra.engine.Operand;

/** Sees every operand of a step beside its encoding. */
@FunctionalInterface
public interface HealthProbe {

    /** Looks at nothing. */
    HealthProbe NONE = (layer, signal, original, encoded, groups) -> {};

    /**
     * Called right after the encoding; the operands are valid during the call only.
     *
     * @param layer name of the layer's weight
     * @param original what was encoded: a tensor, or gathered rows of one
     * @param groups those of the encoding for columns, else null
     */
    void observe(String layer, Signal signal, Operand original, Encoded encoded, Groups groups);
}
