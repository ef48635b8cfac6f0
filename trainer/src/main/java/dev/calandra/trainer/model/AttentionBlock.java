package dev.calandra.trainer.model;

import dev.calandra.configs.ModelConfig;
import dev.calandra.engine.tape.CausalAttention;
import dev.calandra.engine.tape.HeadNorms;
import dev.calandra.engine.tape.Linear;
import dev.calandra.engine.tape.LinearWeight;
import dev.calandra.engine.tape.Tape;
import dev.calandra.engine.tape.Variable;

/** Grouped-query attention with normalised queries and keys. */
final class AttentionBlock {

    private final int layer;
    private final LinearWeight qkv;
    private final HeadNorms norms;
    private final LinearWeight dense;

    AttentionBlock(WeightStore store, ModelConfig config, int layer) {
        String prefix = "model.layers." + layer + ".attention.";
        this.layer = layer;
        this.qkv = store.linear(prefix + "query_key_value.weight", config.qkvWidth(), config.hiddenSize());
        this.norms = new HeadNorms(
                store.weight(prefix + "query_layernorm.weight", config.headDim()),
                store.weight(prefix + "key_layernorm.weight", config.headDim()),
                (float) config.rmsNormEps());
        this.dense = store.linear(prefix + "dense.weight", config.hiddenSize(), config.queryWidth());
    }

    /** x [T, D] → [T, D]. */
    Variable forward(Pass pass, Variable x) {
        Tape tape = pass.tape();
        try (Variable projected = Linear.apply(tape, x, qkv);
                Variable heads = attend(pass, projected)) {
            return Linear.apply(tape, heads, dense);
        }
    }

    private Variable attend(Pass pass, Variable projected) {
        if (pass.cache().isEmpty()) {
            return CausalAttention.apply(pass.tape(), projected, norms, pass.positions(), pass.attention());
        }
        KeyValueCache cache = pass.cache().get();
        return CausalAttention.cached(
                pass.tape(),
                projected,
                norms,
                pass.positions(),
                pass.attention(),
                cache.keys(layer),
                cache.values(layer));
    }
}
