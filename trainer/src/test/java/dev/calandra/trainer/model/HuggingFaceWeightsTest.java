package dev.calandra.trainer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.checkpoints.SafetensorsFile;
import dev.calandra.checkpoints.SafetensorsWriter;
import dev.calandra.checkpoints.TensorSource;
import dev.calandra.configs.CheckpointException;
import dev.calandra.configs.Recipe;
import dev.calandra.storage.LocalStorage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HuggingFaceWeightsTest {

    @TempDir
    private Path folder;

    private static List<TensorSource> tensors(LingModel model) {
        List<TensorSource> tensors = new ArrayList<>();
        for (Parameter parameter : model.parameters()) {
            for (Part part : parameter.parts()) {
                tensors.add(TensorSource.ofFloats(
                        part.huggingFaceName(),
                        Arrays.stream(part.shape()).asLongStream().boxed().toList(),
                        Parameter.rows(parameter.value(), part).toFloats()));
            }
        }
        for (Buffer buffer : model.buffers()) {
            float[] values = new float[(int) buffer.value().size()];
            Arrays.fill(values, 0.25f);
            tensors.add(TensorSource.ofFloats(buffer.name(), TensorSource.shape(values.length), values));
        }
        return tensors;
    }

    private SafetensorsFile written(String name, List<TensorSource> tensors) {
        Path file = folder.resolve(name + ".safetensors");
        try {
            SafetensorsWriter.write(new LocalStorage(), file.toString(), tensors, Map.of());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return SafetensorsFile.open(file);
    }

    @Test
    void everyPublishedTensorFindsItsRows() {
        SmallModels.with(SmallModels.config(), EngineRecipe.of(Recipe.FP8_BLOCKWISE), 1, model -> {
            TokenBatch batch = SmallModels.batch(model.config(), 1, 12, 1);
            List<TensorSource> tensors = new ArrayList<>(tensors(model));
            tensors.add(TensorSource.ofFloats("model.rotary_emb.inv_freq", TensorSource.shape(2), 1, 2));
            double expected = model.evaluate(batch).main();
            try (SafetensorsFile file = written("tensors", tensors)) {
                model.initialise(99);
                assertThat(HuggingFaceWeights.load(file, model)).containsExactly("model.rotary_emb.inv_freq");
            }
            assertThat(model.buffers().getFirst().value().toFloats()).containsOnly(0.25f);
            model.buffers()
                    .forEach(b -> b.value().copyFrom(new float[(int) b.value().size()]));
            assertThat(model.evaluate(batch).main())
                    .as("the encodings of the old weights are gone")
                    .isEqualTo(expected);
        });
    }

    @Test
    void aMissingBiasIsZeroAndOtherMissingWeightsAreNamed() {
        SmallModels.with(SmallModels.config(), EngineRecipe.of(Recipe.FP32), 1, model -> {
            List<TensorSource> all = tensors(model);
            List<TensorSource> without =
                    all.stream().filter(t -> !t.name().endsWith("expert_bias")).toList();
            try (SafetensorsFile file = written("without", without)) {
                model.buffers().forEach(b -> b.value().setFloat(0, 5));
                HuggingFaceWeights.load(file, model);
                assertThat(model.buffers().getFirst().value().toFloats()).containsOnly(0);
            }
            List<TensorSource> broken = new ArrayList<>(without);
            broken.removeIf(t -> t.name().equals("model.layers.1.mlp.experts.3.up_proj.weight"));
            broken.removeIf(t -> t.name().equals("model.norm.weight"));
            broken.add(TensorSource.ofFloats("model.norm.weight", TensorSource.shape(2), 1, 2));
            try (SafetensorsFile file = written("broken", broken)) {
                model.parameters().getFirst().value().setFloat(0, 7);
                assertThatThrownBy(() -> HuggingFaceWeights.load(file, model))
                        .isInstanceOf(CheckpointException.class)
                        .hasMessageContaining("model.layers.1.mlp.experts.3.up_proj.weight is missing")
                        .hasMessageContaining("model.norm.weight is [2] where the config makes it [40]");
                assertThat(model.parameters().getFirst().value().getFloat(0))
                        .as("nothing is written")
                        .isEqualTo(7);
            }
        });
    }
}
