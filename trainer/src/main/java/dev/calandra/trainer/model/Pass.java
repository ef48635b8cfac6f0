package dev.calandra.trainer.model;

import dev.calandra.engine.AttentionShape;
import dev.calandra.engine.tape.Positions;
import dev.calandra.engine.tape.Tape;
import java.util.Optional;

/**
 * What all layers of one forward pass share.
 *
 * @param cache keys and values of earlier tokens; empty unless generating
 */
record Pass(
        Tape tape,
        Positions positions,
        AttentionShape attention,
        ForwardObserver observer,
        Optional<KeyValueCache> cache) {

    /** Whether loads count towards the balance of experts: in training, and once for a layer that is computed twice. */
    boolean countsLoads() {
        return tape.recording() && !tape.replaying();
    }
}
