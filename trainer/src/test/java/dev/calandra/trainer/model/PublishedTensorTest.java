package dev.calandra.trainer.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.configs.ModelConfig;
import dev.calandra.configs.Recipe;
import dev.calandra.trainer.model.PublishedTensor.Role;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class PublishedTensorTest {

    private static List<Long> extents(int[] shape) {
        return Arrays.stream(shape).asLongStream().boxed().toList();
    }

    /** What a model that was built has, against what its sizes alone say. */
    private static void assertInventory(ModelConfig config) {
        Map<String, List<Long>> built = new TreeMap<>();
        SmallModels.with(config, EngineRecipe.of(Recipe.FP32), 1, model -> {
            model.parameters().stream()
                    .flatMap(parameter -> parameter.parts().stream())
                    .forEach(part -> built.put(part.huggingFaceName(), extents(part.shape())));
            model.buffers()
                    .forEach(buffer ->
                            built.put(buffer.name(), extents(buffer.value().shape())));
        });
        Map<String, List<Long>> listed = new TreeMap<>();
        PublishedTensor.of(config).forEach(tensor -> listed.put(tensor.name(), tensor.shape()));
        assertThat(listed).isEqualTo(built);
        assertThat(PublishedTensor.of(config)).doesNotHaveDuplicates();
    }

    @Test
    void itIsTheInventoryOfTheModel() {
        assertInventory(SmallModels.config());
        assertInventory(SmallModels.config(2, 0, true));
        assertInventory(SmallModels.config(0, 2, false));
    }

    @Test
    void onlyWhatIsMultipliedInFp8IsReleasedInFp8() {
        Map<String, Role> roles = new TreeMap<>();
        PublishedTensor.of(SmallModels.config()).forEach(tensor -> roles.put(tensor.name(), tensor.role()));
        assertThat(roles)
                .containsEntry("model.word_embeddings.weight", Role.EXACT)
                .containsEntry("lm_head.weight", Role.EXACT)
                .containsEntry("model.layers.0.mlp.gate_proj.weight", Role.LINEAR)
                .containsEntry("model.layers.1.attention.query_key_value.weight", Role.LINEAR)
                .containsEntry("model.layers.1.attention.dense.weight", Role.LINEAR)
                .containsEntry("model.layers.1.attention.key_layernorm.weight", Role.EXACT)
                .containsEntry("model.layers.1.mlp.gate.weight", Role.EXACT)
                .containsEntry("model.layers.1.mlp.gate.expert_bias", Role.EXPERT_BIAS)
                .containsEntry("model.layers.1.mlp.experts.7.down_proj.weight", Role.LINEAR)
                .containsEntry("model.layers.1.mlp.shared_experts.up_proj.weight", Role.LINEAR)
                .containsEntry("model.layers.2.eh_proj.weight", Role.EXACT);
    }
}
