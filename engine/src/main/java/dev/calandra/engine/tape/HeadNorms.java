package dev.calandra.engine.tape;

/**
 * RMSNorm of every query and key head before the rotation.
 *
 * @param query [C]
 * @param key [C]
 * @param eps added to the mean square
 */
public record HeadNorms(Weight query, Weight key, float eps) {}
