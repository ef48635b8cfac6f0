package dev.calandra.trainer.model;

import dev.calandra.configs.ModelConfig;
import dev.calandra.engine.tape.Interleave;
import dev.calandra.engine.tape.Linear;
import dev.calandra.engine.tape.LinearWeight;
import dev.calandra.engine.tape.RmsNorm;
import dev.calandra.engine.tape.Tape;
import dev.calandra.engine.tape.Variable;
import dev.calandra.engine.tape.Weight;

/**
 * Multi-token prediction (DeepSeek-V3, arXiv 2412.19437, 2.2): from the hidden state of a token and the embedding of the
 * next one, one more layer predicts the token after that. Embedding and output head are the main model's.
 */
final class MtpLayer {

    private final float eps;
    private final Weight embeddingNorm;
    private final Weight hiddenNorm;
    private final LinearWeight projection;
    private final DecoderLayer layer;
    private final Weight finalNorm;

    /**
     * @param layer number in the published names: behind the main stack
     * @param observed number among the layers with experts
     */
    MtpLayer(WeightStore store, ModelConfig config, int layer, int observed) {
        String prefix = "model.layers." + layer + ".";
        int hidden = config.hiddenSize();
        this.eps = (float) config.rmsNormEps();
        this.embeddingNorm = store.weight(prefix + "enorm.weight", hidden);
        this.hiddenNorm = store.weight(prefix + "hnorm.weight", hidden);
        this.projection = store.exactLinear(prefix + "eh_proj.weight", hidden, 2 * hidden);
        this.layer = DecoderLayer.experts(store, config, layer, observed);
        this.finalNorm = store.weight(prefix + "final_layernorm.weight", hidden);
    }

    /** Embedding of the shifted tokens and hidden state, both [T, D] → [T, D]. */
    Variable forward(Pass pass, Variable embedding, Variable hidden, Activations activations) {
        try (Variable joined = join(pass.tape(), embedding, hidden);
                Variable out = layer.forward(pass, joined, activations)) {
            return RmsNorm.apply(pass.tape(), out, finalNorm, eps);
        }
    }

    private Variable join(Tape tape, Variable embedding, Variable hidden) {
        try (Variable e = RmsNorm.apply(tape, embedding, embeddingNorm, eps);
                Variable h = RmsNorm.apply(tape, hidden, hiddenNorm, eps);
                Variable both = Interleave.apply(tape, e, h)) {
            return Linear.apply(tape, both, projection);
        }
    }

    DecoderLayer layer() {
        return layer;
    }
}
