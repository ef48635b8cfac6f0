package dev.calandra.trainer.model;

import dev.calandra.configs.ModelConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * A tensor of a released model, known from the model's sizes alone.
 *
 * @param name published name
 * @param shape published shape
 * @param role what it is, which decides how it is released
 */
public record PublishedTensor(String name, List<Long> shape, Role role) {

    /** What a tensor is. */
    public enum Role {
        /** A matrix that is multiplied in the precision of the run, and released in FP8 where a release is in FP8. */
        LINEAR,
        /** Embeddings, output head, router, norms, MTP projection: never in FP8. */
        EXACT,
        /** Added to routing scores; moved by its own rule and not by gradients. Always released in F32. */
        EXPERT_BIAS
    }

    public PublishedTensor {
        Objects.requireNonNull(role, "role");
        shape = List.copyOf(shape);
    }

    /** Every tensor of a model, in the order in which the model applies them. */
    public static List<PublishedTensor> of(ModelConfig config) {
        return new Inventory(config).tensors();
    }

    private record Inventory(ModelConfig config, List<PublishedTensor> tensors) {

        Inventory(ModelConfig config) {
            this(config, new ArrayList<>());
            exact("model.word_embeddings.weight", config.vocabSize(), config.hiddenSize());
            for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
                block("model.layers." + layer + ".", config.isDense(layer));
            }
            exact("model.norm.weight", config.hiddenSize());
            if (!config.tieWordEmbeddings()) {
                exact("lm_head.weight", config.vocabSize(), config.hiddenSize());
            }
            for (int depth = 0; depth < config.numNextnPredictLayers(); depth++) {
                mtp("model.layers." + (config.numHiddenLayers() + depth) + ".");
            }
        }

        private void mtp(String prefix) {
            int hidden = config.hiddenSize();
            exact(prefix + "enorm.weight", hidden);
            exact(prefix + "hnorm.weight", hidden);
            exact(prefix + "eh_proj.weight", hidden, 2L * hidden);
            block(prefix, false);
            exact(prefix + "final_layernorm.weight", hidden);
        }

        private void block(String prefix, boolean dense) {
            int hidden = config.hiddenSize();
            exact(prefix + "input_layernorm.weight", hidden);
            linear(prefix + "attention.query_key_value.weight", config.qkvWidth(), hidden);
            exact(prefix + "attention.query_layernorm.weight", config.headDim());
            exact(prefix + "attention.key_layernorm.weight", config.headDim());
            linear(prefix + "attention.dense.weight", hidden, config.queryWidth());
            exact(prefix + "post_attention_layernorm.weight", hidden);
            if (dense) {
                network(prefix + "mlp", config.intermediateSize());
            } else {
                experts(prefix + "mlp.");
            }
        }

        private void experts(String prefix) {
            exact(prefix + "gate.weight", config.numExperts(), config.hiddenSize());
            add(prefix + "gate.expert_bias", Role.EXPERT_BIAS, config.numExperts());
            for (int e = 0; e < config.numExperts(); e++) {
                network(prefix + "experts." + e, config.moeIntermediateSize());
            }
            if (config.numSharedExperts() > 0) {
                network(prefix + "shared_experts", config.sharedIntermediateSize());
            }
        }

        private void network(String prefix, int width) {
            int hidden = config.hiddenSize();
            linear(prefix + ".gate_proj.weight", width, hidden);
            linear(prefix + ".up_proj.weight", width, hidden);
            linear(prefix + ".down_proj.weight", hidden, width);
        }

        private void linear(String name, long rows, long columns) {
            add(name, Role.LINEAR, rows, columns);
        }

        private void exact(String name, long... shape) {
            add(name, Role.EXACT, shape);
        }

        private void add(String name, Role role, long... shape) {
            List<Long> extents = new ArrayList<>();
            for (long extent : shape) {
                extents.add(extent);
            }
            tensors.add(new PublishedTensor(name, extents, role));
        }
    }
}
