package dev.calandra.trainer.model;

import dev.calandra.configs.ModelConfig;
import dev.calandra.engine.tape.Weight;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The layers of a Ling 2.0 decoder, made in the order of its parameters: embedding, decoder layers, final norm, head, MTP
 * layers.
 */
final class LingWeights {

    private final Weight embedding;
    private final List<DecoderLayer> layers = new ArrayList<>();
    private final Weight finalNorm;
    private final Weight head;
    private final List<MtpLayer> mtpLayers = new ArrayList<>();

    private final List<Parameter> embeddingParameters;
    /** Of each layer, those of MTP last. */
    private final List<List<Parameter>> layerParameters = new ArrayList<>();

    private final List<Parameter> finalNormParameters;
    private final List<Parameter> headParameters;

    LingWeights(ModelConfig config, WeightStore store) {
        embedding = store.weight("model.word_embeddings.weight", config.vocabSize(), config.hiddenSize());
        embeddingParameters = since(0, store);
        int observed = 0;
        for (int i = 0; i < config.numHiddenLayers(); i++) {
            int before = store.parameters().size();
            layers.add(
                    config.isDense(i)
                            ? DecoderLayer.dense(store, config, i)
                            : DecoderLayer.experts(store, config, i, observed++));
            layerParameters.add(since(before, store));
        }
        int beforeNorm = store.parameters().size();
        finalNorm = store.weight("model.norm.weight", config.hiddenSize());
        finalNormParameters = since(beforeNorm, store);
        int beforeHead = store.parameters().size();
        head = config.tieWordEmbeddings()
                ? embedding
                : store.weight("lm_head.weight", config.vocabSize(), config.hiddenSize());
        headParameters = since(beforeHead, store);
        for (int depth = 0; depth < config.numNextnPredictLayers(); depth++) {
            int before = store.parameters().size();
            mtpLayers.add(new MtpLayer(store, config, config.numHiddenLayers() + depth, observed++));
            layerParameters.add(since(before, store));
        }
    }

    private static List<Parameter> since(int before, WeightStore store) {
        List<Parameter> all = store.parameters();
        return all.subList(before, all.size());
    }

    Weight embedding() {
        return embedding;
    }

    List<DecoderLayer> layers() {
        return layers;
    }

    Weight finalNorm() {
        return finalNorm;
    }

    /** The output head; the embedding itself where they are tied. */
    Weight head() {
        return head;
    }

    List<MtpLayer> mtpLayers() {
        return mtpLayers;
    }

    List<Parameter> embeddingParameters() {
        return embeddingParameters;
    }

    /** Of one layer, counted over the decoder's layers and then those of MTP. */
    List<Parameter> layerParameters(int layer) {
        return layerParameters.get(layer);
    }

    List<Parameter> finalNormParameters() {
        return finalNormParameters;
    }

    /** None where embeddings are tied. */
    List<Parameter> headParameters() {
        return headParameters;
    }

    /** The routed networks of all layers that have any, those of MTP last. */
    Stream<ExpertNetworks> experts() {
        return Stream.concat(layers.stream(), mtpLayers.stream().map(MtpLayer::layer))
                .flatMap(layer -> layer.experts().stream());
    }
}
