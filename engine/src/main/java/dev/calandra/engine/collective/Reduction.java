package dev.calandra.engine.collective;

/** How the values of several ranks become one. */
public enum Reduction {
    SUM,
    /** The largest; NaN if any is. */
    MAX
}
