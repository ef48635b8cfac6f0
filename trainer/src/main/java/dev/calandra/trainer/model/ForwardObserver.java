package dev.calandra.trainer.model;

import dev.calandra.engine.Tensor;

/** Sees intermediate results of a forward pass, numbered as the published model code returns them. */
public interface ForwardObserver {

    /** Looks at nothing. */
    ForwardObserver NONE = new ForwardObserver() {};

    /**
     * @param index 0: embeddings; i: input of layer i; number of layers: output of the final norm; then the output of each
     *     MTP layer
     * @param hTD borrowed, valid during the call
     */
    default void hiddenState(int index, Tensor hTD) {}

    /**
     * @param index counts layers with experts, those of MTP last
     * @param logitsTE borrowed, valid during the call
     * @param expertsTK I32, chosen experts, best first; likewise
     */
    default void router(int index, Tensor logitsTE, Tensor expertsTK) {}
}
