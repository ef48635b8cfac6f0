package dev.calandra.trainer.model;

import dev.calandra.configs.ModelConfig;
import dev.calandra.engine.tape.Recompute;
import dev.calandra.engine.tape.Residual;
import dev.calandra.engine.tape.RmsNorm;
import dev.calandra.engine.tape.Tape;
import dev.calandra.engine.tape.Variable;
import dev.calandra.engine.tape.Weight;
import java.util.Optional;

/** Pre-norm decoder layer: h += attention(norm(h)); h += feedForward(norm(h)). */
final class DecoderLayer {

    private final float eps;
    private final Weight inputNorm;
    private final AttentionBlock attention;
    private final Weight postAttentionNorm;
    private final FeedForward feedForward;

    /** A layer with a dense network. */
    static DecoderLayer dense(WeightStore store, ModelConfig config, int layer) {
        String mlp = "model.layers." + layer + ".mlp";
        return new DecoderLayer(
                store, config, layer, new DenseNetwork(store, mlp, config.hiddenSize(), config.intermediateSize()));
    }

    /** A layer with experts; {@code observed} is its number among those. */
    static DecoderLayer experts(WeightStore store, ModelConfig config, int layer, int observed) {
        return new DecoderLayer(store, config, layer, new ExpertNetworks(store, config, layer, observed));
    }

    private DecoderLayer(WeightStore store, ModelConfig config, int layer, FeedForward feedForward) {
        String prefix = "model.layers." + layer + ".";
        this.eps = (float) config.rmsNormEps();
        this.inputNorm = store.weight(prefix + "input_layernorm.weight", config.hiddenSize());
        this.attention = new AttentionBlock(store, config, layer);
        this.postAttentionNorm = store.weight(prefix + "post_attention_layernorm.weight", config.hiddenSize());
        this.feedForward = feedForward;
    }

    /** h [T, D] → [T, D]. */
    Variable forward(Pass pass, Variable h, Activations activations) {
        return switch (activations) {
            case KEPT -> forward(pass, h);
            case RECOMPUTED -> Recompute.apply(pass.tape(), h, (tape, x) -> forward(pass.on(tape), x));
        };
    }

    private Variable forward(Pass pass, Variable h) {
        try (Variable middle = afterAttention(pass, h)) {
            return afterFeedForward(pass, middle);
        }
    }

    private Variable afterAttention(Pass pass, Variable h) {
        Tape tape = pass.tape();
        try (Variable x = RmsNorm.apply(tape, h, inputNorm, eps)) {
            return Residual.apply(tape, h, attention.forward(pass, x));
        }
    }

    private Variable afterFeedForward(Pass pass, Variable h) {
        Tape tape = pass.tape();
        try (Variable x = RmsNorm.apply(tape, h, postAttentionNorm, eps)) {
            return Residual.apply(tape, h, feedForward.forward(pass, x));
        }
    }

    Optional<ExpertNetworks> experts() {
        return feedForward instanceof ExpertNetworks experts ? Optional.of(experts) : Optional.empty();
    }
}
