package dev.calandra.laws.plan;

import dev.calandra.configs.ModelConfig;
import dev.calandra.laws.ParameterCount;

/**
 * The parameters of a model, MTP layers included, by how the trainer treats them.
 *
 * @param routed in routed experts, of all ranks together
 * @param everywhere all others
 * @param encodedEverywhere those of {@code everywhere} whose products follow the precision recipe: attention, dense networks and
 *     shared experts; embedding, head, routers, norms and MTP projections stay in F32
 */
public record HeldParameters(long routed, long everywhere, long encodedEverywhere) {

    /** Counts a model's. */
    public static HeldParameters of(ModelConfig model) {
        ParameterCount count = ParameterCount.of(model);
        long mtpLayers = model.numNextnPredictLayers();
        long moeLayers = model.numHiddenLayers() - model.firstKDenseReplace() + mtpLayers;
        long expert = 3L * model.hiddenSize() * model.moeIntermediateSize();
        long routed = moeLayers * model.numExperts() * expert;
        long attention = count.attention().total() / model.numHiddenLayers();
        long encoded = (model.numHiddenLayers() + mtpLayers) * attention
                + count.denseNetworks().total()
                + moeLayers * model.numSharedExperts() * expert;
        return new HeldParameters(routed, count.totalWithMtp() - routed, encoded);
    }

    /** Parameters that one rank holds. */
    public double perRank(Layout layout) {
        return everywhere + (double) routed / layout.expert();
    }

    /** Parameters on one rank whose products follow the recipe. */
    public double encodedPerRank(Layout layout) {
        return encodedEverywhere + (double) routed / layout.expert();
    }
}
