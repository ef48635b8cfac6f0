package dev.calandra.laws;

import dev.calandra.configs.ModelConfig;

/**
 * What one token costs, in two conventions that differ by more than a third and must not be mixed:
 *
 * <ul>
 *   <li><b>scaling-law FLOPs</b>, the M of Ling's laws (arXiv 2507.17702, 2.2): layers only, no embedding, head, router or
 *       MTP, attention counted in full as if it were not causal. Its equation 14 prints the projections with one FLOP for
 *       each multiply-add; the published hyper-parameters follow from two, which is what is used here.
 *   <li><b>model FLOPs</b>, what the hardware has to do: every multiply-add of every matrix product, with heads, router and
 *       MTP, and causal attention at its average context of (S+1)/2.
 * </ul>
 *
 * A multiply-add is two FLOPs. Training is three times the forward pass. Norms, activations, softmax and the optimizer are
 * left out of both, as is anything computed twice to save memory.
 *
 * @param parameters parameters, part by part
 * @param scalingLawForwardFlops forward FLOPs per token in the convention of Ling's laws
 * @param modelForwardFlops forward FLOPs per token that a training step computes
 */
public record ModelCost(ParameterCount parameters, long scalingLawForwardFlops, long modelForwardFlops) {
    private static final long FLOPS_PER_MULTIPLY_ADD = 2;
    private static final long TRAINING_PER_FORWARD = 3;

    /**
     * Prices a model.
     *
     * @param sequenceLength tokens per sequence, at least 1
     */
    public static ModelCost of(ModelConfig model, int sequenceLength) {
        if (sequenceLength < 1) {
            throw new IllegalArgumentException("sequenceLength must be at least 1, is " + sequenceLength);
        }
        ParameterCount parameters = ParameterCount.of(model);
        return new ModelCost(
                parameters,
                scalingLawForward(model, parameters, sequenceLength),
                modelForward(model, parameters, sequenceLength));
    }

    /** Training FLOPs per token in the convention of Ling's laws: the M of C = M D. */
    public long scalingLawTrainingFlops() {
        return TRAINING_PER_FORWARD * scalingLawForwardFlops;
    }

    /** FLOPs per token of a training step. */
    public long modelTrainingFlops() {
        return TRAINING_PER_FORWARD * modelForwardFlops;
    }

    /** Training FLOPs per token by the rule 6 N, N being the active parameters with embedding and head. */
    public double sixNFlops() {
        return (double) TRAINING_PER_FORWARD * FLOPS_PER_MULTIPLY_ADD * parameters.active();
    }

    private static long scalingLawForward(ModelConfig model, ParameterCount parameters, int sequenceLength) {
        long projections = parameters.attention().active()
                + parameters.denseNetworks().active()
                + parameters.routedExperts().active()
                + parameters.sharedExperts().active();
        long attention = 2L * sequenceLength * model.queryWidth() * model.numHiddenLayers();
        return FLOPS_PER_MULTIPLY_ADD * (projections + attention);
    }

    private static long modelForward(ModelConfig model, ParameterCount parameters, int sequenceLength) {
        long mtpLayers = model.numNextnPredictLayers();
        long layers = model.numHiddenLayers() + mtpLayers;
        // Scores and weighted values each meet (S+1)/2 tokens on average: S+1 together.
        long attention = layers * (sequenceLength + 1L) * model.queryWidth();
        // The head is applied once per token and once more per MTP layer; its size is the embedding's, tied or not.
        long heads = (1 + mtpLayers) * parameters.embedding().active();
        long norms = parameters.norms().active() + mtpLayers * ParameterCount.normsPerMtpLayer(model);
        long matrices = parameters.activeNonEmbedding() + parameters.mtp().active() - norms;
        return FLOPS_PER_MULTIPLY_ADD * (matrices + attention + heads);
    }
}
