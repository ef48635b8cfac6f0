package dev.calandra.trainer.model;

/**
 * How many (token, choice) pairs each expert of a layer received in training passes since the counts were reset.
 *
 * @param layer name of the layer, such as {@code model.layers.3}
 * @param expertBias what the balance of this layer is steered by
 * @param counts [E]
 */
public record RouterLoad(String layer, Buffer expertBias, long[] counts) {}
