package dev.calandra.trainer.model;

import java.util.List;

/** Hears during a backward pass which gradients it is done with. */
@FunctionalInterface
public interface GradientListener {

    /** Hears nothing. */
    GradientListener NONE = parameters -> {};

    /** The pass will not touch the gradients of these any more; every parameter comes once, in an order that never changes. */
    void ready(List<Parameter> parameters);
}
