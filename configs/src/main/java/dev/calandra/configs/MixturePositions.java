package dev.calandra.configs;

/** The unit of the {@code at} of schedule points. */
public enum MixturePositions {
    /** A share of the run, 0 (start) to 1 (end): moves when the run is made longer. */
    PROGRESS,
    /** Tokens since the start of the run: stays when the run is made longer. */
    TOKENS
}
