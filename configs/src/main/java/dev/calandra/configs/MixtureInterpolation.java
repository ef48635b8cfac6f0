package dev.calandra.configs;

/** What a schedule does between two of its points. */
public enum MixtureInterpolation {
    /** Moves in a straight line from one point to the next. */
    LINEAR,
    /** Holds each point's value up to the next point. */
    STEPPED
}
