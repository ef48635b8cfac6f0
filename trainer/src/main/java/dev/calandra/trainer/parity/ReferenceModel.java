package dev.calandra.trainer.parity;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.calandra.checkpoints.HuggingFaceFolder;
import dev.calandra.configs.CheckpointException;
import dev.calandra.configs.HuggingFaceConfig;
import dev.calandra.configs.Recipe;
import dev.calandra.engine.Kernels;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.TensorMemory;
import dev.calandra.trainer.model.Buffer;
import dev.calandra.trainer.model.EngineRecipe;
import dev.calandra.trainer.model.HuggingFaceWeights;
import dev.calandra.trainer.model.LingModel;
import dev.calandra.trainer.model.Parameter;
import dev.calandra.trainer.model.Part;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A model loaded from a Hugging Face folder, as the published code would train it.
 *
 * @param paddingToken the token whose embedding the published code never trains (its embedding has a padding index)
 * @param unknown tensors of the folder that the model has no place for
 */
record ReferenceModel(LingModel model, OptionalInt paddingToken, List<String> unknown) implements AutoCloseable {

    private static final String CONFIG = "config.json";
    private static final String EMBEDDING = "model.word_embeddings.weight";

    /**
     * @throws CheckpointException when weights are missing or do not fit the config
     * @throws dev.calandra.configs.ConfigException when the config asks for what the model does not support
     */
    static ReferenceModel load(Path folder, Recipe recipe, Kernels kernels, TensorMemory memory) {
        Path config = folder.resolve(CONFIG);
        LingModel model = new LingModel(HuggingFaceConfig.read(config), EngineRecipe.of(recipe), kernels, memory);
        try (HuggingFaceFolder weights = HuggingFaceFolder.open(folder)) {
            return new ReferenceModel(model, paddingToken(config), HuggingFaceWeights.load(weights, model));
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
    }

    private static OptionalInt paddingToken(Path config) {
        try {
            JsonNode padding = new ObjectMapper().readTree(config.toFile()).path("pad_token_id");
            return padding.isInt() && padding.intValue() >= 0
                    ? OptionalInt.of(padding.intValue())
                    : OptionalInt.empty();
        } catch (IOException e) {
            throw new CheckpointException(config + ": could not be read: " + e.getMessage(), e);
        }
    }

    /**
     * Undoes what the published code would not have computed: the gradient of the padding token's embedding. With a tied
     * head the row has a gradient as an output too, and is left as it is.
     */
    void dropPaddingGradient() {
        if (paddingToken.isEmpty() || model.config().tieWordEmbeddings()) {
            return;
        }
        Parameter embedding = model.parameters().getFirst();
        if (!embedding.name().equals(EMBEDDING)) {
            throw new IllegalStateException("the first parameter is " + embedding.name());
        }
        int row = paddingToken.getAsInt();
        Tensor gradient = embedding.gradient().slice(row, row + 1);
        gradient.copyFrom(new float[(int) gradient.size()]);
    }

    /** The gradient of a published tensor. */
    Optional<float[]> gradient(String name) {
        return find(name)
                .map(place ->
                        Parameter.rows(place.parameter.gradient(), place.part).toFloats());
    }

    /** The values of a published tensor. */
    Optional<float[]> value(String name) {
        Optional<float[]> buffer = model.buffers().stream()
                .filter(b -> b.name().equals(name))
                .map(Buffer::value)
                .map(Tensor::toFloats)
                .findFirst();
        return buffer.or(() -> find(name)
                .map(place ->
                        Parameter.rows(place.parameter.value(), place.part).toFloats()));
    }

    private record Place(Parameter parameter, Part part) {}

    private Optional<Place> find(String name) {
        for (Parameter parameter : model.parameters()) {
            for (Part part : parameter.parts()) {
                if (part.huggingFaceName().equals(name)) {
                    return Optional.of(new Place(parameter, part));
                }
            }
        }
        return Optional.empty();
    }

    @Override
    public void close() {
        model.close();
    }
}
