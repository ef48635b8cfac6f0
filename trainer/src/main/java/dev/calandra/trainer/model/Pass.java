package dev.calandra.trainer.model;

import dev.calandra.engine.AttentionShape;
import dev.calandra.engine.tape.Positions;
import dev.calandra.engine.tape.RouterLosses;
import dev.calandra.engine.tape.Tape;
import java.util.Optional;

/**
 * What all layers of one forward pass share.
 *
 * @param gradients hears what the backward pass is done with
 * @param routerLosses what routers learn besides
 * @param training whether loads count towards the balance of experts
 * @param cache keys and values of earlier tokens; empty unless generating
 */
record Pass(
        Tape tape,
        Positions positions,
        AttentionShape attention,
        ForwardObserver observer,
        GradientListener gradients,
        RouterLosses.Scales routerLosses,
        boolean training,
        Optional<KeyValueCache> cache) {

    /** The same pass, recorded elsewhere. */
    Pass on(Tape other) {
        return new Pass(other, positions, attention, observer, gradients, routerLosses, training, cache);
    }

    /** Whether this computes a layer for the first time; the second time has no side effects. */
    boolean first() {
        return !tape.replaying();
    }
}
