package dev.calandra.engine.recipe;

/** Which operand of a linear layer an encoding is, and along which axis its tiles lie. */
public enum Signal {
    /** x in the forward product. */
    ACTIVATION_ROWS,
    /** x in the weight gradient. */
    ACTIVATION_COLUMNS,
    /** w in the forward product and the input gradient. */
    WEIGHT_BLOCKS,
    /** dy in the input gradient. */
    GRADIENT_ROWS,
    /** dy in the weight gradient. */
    GRADIENT_COLUMNS
}
