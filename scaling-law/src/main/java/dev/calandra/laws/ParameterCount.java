package dev.calandra.laws;

import dev.calandra.configs.ModelConfig;
import java.util.List;

/**
 * Parameters of a model, part by part. Published sizes leave the MTP layers out, and so do the sums here unless their name
 * says otherwise. Expert biases are state, not parameters.
 *
 * @param embedding token embedding
 * @param head output head; empty when tied to the embedding
 * @param attention projections of all layers
 * @param denseNetworks feed-forward networks of the dense layers
 * @param routers router weights of the MoE layers
 * @param routedExperts routed experts; active are those that one token visits
 * @param sharedExperts shared experts
 * @param norms all RMSNorm weights
 * @param mtp everything in the MTP layers but the shared embedding and head
 */
public record ParameterCount(
        Part embedding,
        Part head,
        Part attention,
        Part denseNetworks,
        Part routers,
        Part routedExperts,
        Part sharedExperts,
        Part norms,
        Part mtp) {

    /**
     * One part of the model.
     *
     * @param name for tables
     * @param total parameters
     * @param active parameters that take part in the computation of one token
     */
    public record Part(String name, long total, long active) {
        private static Part used(String name, long parameters) {
            return new Part(name, parameters, parameters);
        }
    }

    /** Counts a model's parameters. */
    public static ParameterCount of(ModelConfig model) {
        long width = model.hiddenSize();
        long layers = model.numHiddenLayers();
        long dense = model.firstKDenseReplace();
        long moe = layers - dense;
        long vocabulary = model.vocabSize() * width;
        return new ParameterCount(
                Part.used("embedding", vocabulary),
                Part.used("head", model.tieWordEmbeddings() ? 0 : vocabulary),
                Part.used("attention", layers * attentionPerLayer(model)),
                Part.used("dense networks", dense * swiGlu(width, model.intermediateSize())),
                Part.used("routers", moe * width * model.numExperts()),
                new Part(
                        "routed experts",
                        moe * model.numExperts() * expert(model),
                        moe * model.numExpertsPerTok() * expert(model)),
                Part.used("shared experts", moe * model.numSharedExperts() * expert(model)),
                Part.used("norms", layers * normsPerLayer(model) + width),
                mtp(model));
    }

    /** All parts, MTP last. */
    public List<Part> parts() {
        return List.of(embedding, head, attention, denseNetworks, routers, routedExperts, sharedExperts, norms, mtp);
    }

    /** All parameters without the MTP layers: the published size. */
    public long total() {
        return totalWithMtp() - mtp.total();
    }

    /** All parameters that a training run holds. */
    public long totalWithMtp() {
        return parts().stream().mapToLong(Part::total).sum();
    }

    /** Parameters that take part in one token's computation, embedding and head included, MTP layers not. */
    public long active() {
        return parts().stream().mapToLong(Part::active).sum() - mtp.active();
    }

    /** Parameters without embedding and head. */
    public long nonEmbedding() {
        return total() - embedding.total() - head.total();
    }

    /** Active parameters without embedding and head. */
    public long activeNonEmbedding() {
        return active() - embedding.active() - head.active();
    }

    private static Part mtp(ModelConfig model) {
        long width = model.hiddenSize();
        long router = width * model.numExperts();
        long projection = 2 * width * width;
        long norms = normsPerMtpLayer(model);
        long shared = model.numSharedExperts() * expert(model);
        long everyToken = attentionPerLayer(model) + router + projection + norms + shared;
        long layers = model.numNextnPredictLayers();
        return new Part(
                "mtp",
                layers * (everyToken + model.numExperts() * expert(model)),
                layers * (everyToken + model.numExpertsPerTok() * expert(model)));
    }

    /** A layer's norms, and those of the embedding, of the hidden state, and of the result. */
    static long normsPerMtpLayer(ModelConfig model) {
        return normsPerLayer(model) + 3L * model.hiddenSize();
    }

    private static long attentionPerLayer(ModelConfig model) {
        return (long) model.hiddenSize() * (model.qkvWidth() + model.queryWidth());
    }

    private static long expert(ModelConfig model) {
        return swiGlu(model.hiddenSize(), model.moeIntermediateSize());
    }

    /** Gate, up and down projections. */
    private static long swiGlu(long width, long inner) {
        return 3 * width * inner;
    }

    private static long normsPerLayer(ModelConfig model) {
        return 2L * model.hiddenSize() + (model.useQkNorm() ? 2L * model.headDim() : 0);
    }
}
