package dev.calandra.configs;

import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * The sizes of a Ling 2.0 decoder (Ling 2.0 report, Table 1; {@code BailingMoeV2} of Hugging Face, whose key names these
 * are). {@code head_dim} is free of {@code hidden_size}; a model may have no dense layer, only dense layers, no shared
 * expert, one group, or no MTP layer. The expert keys must make sense even where no layer uses them.
 */
public record ModelConfig(
        @Key(description = "Rows of the embedding; at least the tokenizer's size.")
        int vocabSize,

        @Key(description = "Width of the residual stream.") int hiddenSize,

        @Key(description = "Width of the feed-forward network of dense layers.")
        int intermediateSize,

        @Key(description = "Decoder layers, without MTP layers.")
        int numHiddenLayers,

        @Key(description = "Query heads.") int numAttentionHeads,

        @Key(description = "Key-value heads; each serves the same number of query heads.")
        int numKeyValueHeads,

        @Key(description = "Size of one head.") int headDim,

        @Key(
                description = "Share of each head that rotary positions turn; the rest passes through.",
                defaultValue = "0.5")
        double partialRotaryFactor,

        @Key(description = "Base of the rotary frequencies.", defaultValue = "10000")
        double ropeTheta,

        @Key(description = "Added to the mean square in every RMSNorm.", defaultValue = "1e-6")
        double rmsNormEps,

        @Key(description = "RMSNorm on every query and key head before the rotation.", defaultValue = "true")
        boolean useQkNorm,

        @Key(description = "Routed experts per MoE layer.") int numExperts,

        @Key(description = "Shared experts, which every token visits; 0 = none.", defaultValue = "1")
        int numSharedExperts,

        @Key(description = "Routed experts that a token visits.")
        int numExpertsPerTok,

        @Key(description = "Groups that the routed experts form.")
        int nGroup,

        @Key(description = "Groups that a token may choose its experts from.")
        int topkGroup,

        @Key(description = "Width of one expert.") int moeIntermediateSize,

        @Key(description = "First layers that have a dense network instead of experts.", defaultValue = "1")
        int firstKDenseReplace,

        @Key(description = "Factor on the normalised routing weights.", defaultValue = "2.5")
        double routedScalingFactor,

        @Key(description = "Multi-token-prediction layers; 0 = none.", defaultValue = "1")
        int numNextnPredictLayers,

        @Key(description = "Weight of the MTP loss.", defaultValue = "0.1")
        double mtpLossScalingFactor,

        @Key(description = "Whether the output head is the embedding itself.", defaultValue = "false")
        boolean tieWordEmbeddings,

        @Key(description = "Standard deviation of initial weights.", defaultValue = "0.006")
        double initializerRange,

        @Key(description = "Longest sequence the model may see.", defaultValue = "32768")
        int maxPositionEmbeddings) {

    /** @throws ConfigException naming every key that is out of range or does not fit another */
    public ModelConfig {
        Checks check = new Checks();
        check.atLeast("vocab_size", vocabSize, 1);
        check.atLeast("hidden_size", hiddenSize, 1);
        check.atLeast("intermediate_size", intermediateSize, 1);
        check.atLeast("num_hidden_layers", numHiddenLayers, 1);
        check.positive("rms_norm_eps", rmsNormEps);
        check.atLeast("num_shared_experts", numSharedExperts, 0);
        check.atLeast("moe_intermediate_size", moeIntermediateSize, 1);
        check.atLeast("first_k_dense_replace", firstKDenseReplace, 0);
        check.rule(
                () -> firstKDenseReplace <= numHiddenLayers,
                () -> "more than num_hidden_layers (%d > %d); at most all layers can be dense"
                        .formatted(firstKDenseReplace, numHiddenLayers),
                "first_k_dense_replace",
                "num_hidden_layers");
        check.positive("routed_scaling_factor", routedScalingFactor);
        check.atLeast("num_nextn_predict_layers", numNextnPredictLayers, 0);
        check.notNegative("mtp_loss_scaling_factor", mtpLossScalingFactor);
        check.positive("initializer_range", initializerRange);
        check.atLeast("max_position_embeddings", maxPositionEmbeddings, 1);
        checkAttention(check, numAttentionHeads, numKeyValueHeads, headDim);
        checkRotation(check, headDim, partialRotaryFactor, ropeTheta);
        checkRouting(check, numExperts, numExpertsPerTok, nGroup, topkGroup);
        check.throwIfAny();
    }

    /** Dimensions of each head that rotary positions turn; even. */
    public int rotaryDim() {
        return (int) Math.rint(headDim * partialRotaryFactor);
    }

    /** Routed experts in one group. */
    public int expertsPerGroup() {
        return numExperts / nGroup;
    }

    /** Query heads that share one key-value head. */
    public int queriesPerKeyValueHead() {
        return numAttentionHeads / numKeyValueHeads;
    }

    /** Width of all query heads together. */
    public int queryWidth() {
        return numAttentionHeads * headDim;
    }

    /** Width of all key heads together, and of all value heads. */
    public int keyValueWidth() {
        return numKeyValueHeads * headDim;
    }

    /** Output width of the fused projection to queries, keys and values. */
    public int qkvWidth() {
        return queryWidth() + 2 * keyValueWidth();
    }

    /** Width of all shared experts together, which form one SwiGLU; 0 without shared experts. */
    public int sharedIntermediateSize() {
        return numSharedExperts * moeIntermediateSize;
    }

    /** Whether a layer of the main stack (from 0) has a dense network instead of experts. */
    public boolean isDense(int layer) {
        return layer < firstKDenseReplace;
    }

    /**
     * A value of this model and the one of another.
     *
     * @param here as a config writes it
     * @param there likewise
     */
    public record Difference(String here, String there) {}

    /** Where two models differ, by key. */
    public SequencedMap<String, Difference> differences(ModelConfig other) {
        SequencedMap<String, Difference> differences = new LinkedHashMap<>();
        for (Schema.Field field : Schema.of(ModelConfig.class).fields()) {
            Object here = field.read(this);
            Object there = field.read(other);
            if (!here.equals(there)) {
                differences.put(field.key(), new Difference(here.toString(), there.toString()));
            }
        }
        return differences;
    }

    private static void checkAttention(Checks check, int heads, int keyValueHeads, int headDim) {
        check.atLeast("num_attention_heads", heads, 1);
        check.atLeast("num_key_value_heads", keyValueHeads, 1);
        check.atLeast("head_dim", headDim, 1);
        check.rule(
                () -> heads % keyValueHeads == 0,
                () -> "not a multiple of num_key_value_heads (%d heads, %d key-value heads); each of these must serve"
                                .formatted(heads, keyValueHeads)
                        + " the same number of heads",
                "num_attention_heads",
                "num_key_value_heads");
        check.rule(
                () -> (heads + 2L * keyValueHeads) * headDim <= Integer.MAX_VALUE,
                () -> "too large together (%d heads, %d key-value heads, head_dim %d); queries, keys and values must be"
                                .formatted(heads, keyValueHeads, headDim)
                        + " narrower than 2^31",
                "num_attention_heads",
                "num_key_value_heads",
                "head_dim");
    }

    private static void checkRotation(Checks check, int headDim, double partialRotaryFactor, double ropeTheta) {
        check.positive("rope_theta", ropeTheta);
        check.positive("partial_rotary_factor", partialRotaryFactor);
        check.rule(
                () -> partialRotaryFactor <= 1,
                () -> "too large (%s); must be at most 1, the whole head".formatted(partialRotaryFactor),
                "partial_rotary_factor");
        check.rule(
                () -> isEvenWhole(headDim * partialRotaryFactor),
                () -> "turns %s of %d head dimensions (%s); the number must be even and whole, such as %s for half"
                        .formatted(headDim * partialRotaryFactor, headDim, partialRotaryFactor, 0.5),
                "partial_rotary_factor",
                "head_dim");
    }

    /** Allows for the rounding of factors such as 1/3. */
    private static boolean isEvenWhole(double dimensions) {
        double nearest = Math.rint(dimensions);
        return nearest >= 2 && nearest % 2 == 0 && Math.abs(dimensions - nearest) <= 1e-9 * nearest;
    }

    private static void checkRouting(Checks check, int experts, int perToken, int groups, int keptGroups) {
        check.atLeast("num_experts", experts, 1);
        check.atLeast("n_group", groups, 1);
        check.rule(
                () -> experts % groups == 0,
                () -> "not a multiple of n_group (%d experts, %d groups); groups must be of equal size"
                        .formatted(experts, groups),
                "num_experts",
                "n_group");
        check.rule(
                () -> groups == 1 || experts / groups >= 2,
                () -> "too many groups (%d for %d experts); a group is scored by its best two experts, so it needs two"
                        .formatted(groups, experts),
                "n_group",
                "num_experts");
        check.atLeast("topk_group", keptGroups, 1);
        check.rule(
                () -> keptGroups <= groups,
                () -> "more than n_group (%d > %d); keep at most all groups".formatted(keptGroups, groups),
                "topk_group",
                "n_group");
        check.atLeast("num_experts_per_tok", perToken, 1);
        check.rule(
                () -> perToken <= keptGroups * (long) (experts / groups),
                () ->
                        "more than the experts in the kept groups (%d > %d groups × %d experts); lower it or raise topk_group"
                                .formatted(perToken, keptGroups, experts / groups),
                "num_experts_per_tok",
                "topk_group",
                "num_experts",
                "n_group");
    }
}
