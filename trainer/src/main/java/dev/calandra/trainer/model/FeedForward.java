package dev.calandra.trainer.model;

import dev.calandra.engine.tape.Variable;

/** The second half of a decoder layer. */
sealed interface FeedForward permits DenseNetwork, ExpertNetworks {

    /** x [T, D] → [T, D]. */
    Variable forward(Pass pass, Variable x);
}
