package dev.calandra.trainer.model;

import java.util.List;

/**
 * What the router of a layer did in training passes since it was reset.
 *
 * @param layer name of the layer, such as {@code model.layers.3}
 * @param expertBias what the balance of this layer is steered by
 * @param counts (token, choice) pairs that each expert received [E]
 * @param sequenceBalance by pass, the sum of its sequences' balance losses; empty where that loss is left out
 * @param routerZ by pass, the sum of its tokens' z-losses; likewise
 */
public record RouterLoad(
        String layer, Buffer expertBias, long[] counts, List<Double> sequenceBalance, List<Double> routerZ) {}
