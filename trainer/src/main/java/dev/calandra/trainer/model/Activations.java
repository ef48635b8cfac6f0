package dev.calandra.trainer.model;

/** What a training pass keeps of each decoder layer for the way back. */
public enum Activations {
    /** Whatever the way back reads. */
    KEPT,
    /** The layer's input only; the layer is computed again. A third more arithmetic, the same bits. */
    RECOMPUTED
}
