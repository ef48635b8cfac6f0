package dev.calandra.trainer.model;

import java.util.List;

/** Hears when a backward pass begins and ends, and meanwhile which gradients it is done with. */
@FunctionalInterface
public interface GradientListener {

    /** Hears nothing. */
    GradientListener NONE = parameters -> {};

    /** The pass will not touch the gradients of these any more; every parameter comes once, in an order that never changes. */
    void ready(List<Parameter> parameters);

    /** The forward pass is over and the way back begins. */
    default void started() {}

    /** The way back is over; all parameters have come. */
    default void finished() {}

    /** One that tells two others everything, this one first. */
    default GradientListener and(GradientListener other) {
        return new GradientListener() {
            @Override
            public void ready(List<Parameter> parameters) {
                GradientListener.this.ready(parameters);
                other.ready(parameters);
            }

            @Override
            public void started() {
                GradientListener.this.started();
                other.started();
            }

            @Override
            public void finished() {
                GradientListener.this.finished();
                other.finished();
            }
        };
    }
}
