package dev.calandra.data.quality;

/**
 * Why a document is dropped.
 *
 * @param step that objects
 * @param reason what it saw, with its values
 */
public record Drop(QualityStep step, String reason) {}
