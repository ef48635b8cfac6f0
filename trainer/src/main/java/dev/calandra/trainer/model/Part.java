package dev.calandra.trainer.model;

/**
 * A row range of a parameter, as Hugging Face names it.
 *
 * @param huggingFaceName published name
 * @param fromRow first row of the parameter seen as a matrix (all leading axes flattened)
 * @param toRow one past the last row
 * @param shape published shape
 */
public record Part(String huggingFaceName, int fromRow, int toRow, int... shape) {}
