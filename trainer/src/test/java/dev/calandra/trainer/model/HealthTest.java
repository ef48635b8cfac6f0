package dev.calandra.trainer.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.configs.ModelConfig;
import dev.calandra.configs.Recipe;
import dev.calandra.engine.Kernels;
import dev.calandra.engine.TensorMemory;
import dev.calandra.engine.cpu.CpuKernels;
import dev.calandra.engine.recipe.HealthRecorder;
import dev.calandra.engine.recipe.OperandHealth;
import dev.calandra.engine.recipe.Signal;
import java.util.List;
import org.junit.jupiter.api.Test;

class HealthTest {

    private static final List<String> LAYERS = List.of(
            "model.layers.0.attention.query_key_value.weight",
            "model.layers.0.attention.dense.weight",
            "model.layers.0.mlp.gate_up_proj.weight",
            "model.layers.0.mlp.down_proj.weight",
            "model.layers.1.mlp.experts.gate_up_proj.weight",
            "model.layers.1.mlp.experts.down_proj.weight",
            "model.layers.1.mlp.shared_experts.gate_up_proj.weight",
            "model.layers.1.mlp.shared_experts.down_proj.weight");

    @Test
    void everyOperandOfEveryFp8LayerIsMeasuredAndNothingElseChanges() {
        ModelConfig config = SmallModels.config();
        TokenBatch batch = SmallModels.batch(config, 2, 16, 9);
        try (TensorMemory memory = new TensorMemory(true);
                Kernels kernels = new CpuKernels(2);
                LingModel model = new LingModel(config, EngineRecipe.of(Recipe.FP8_BLOCKWISE), kernels, memory)) {
            model.initialise(1);
            LossScale scale = LossScale.of(List.of(batch));
            HealthRecorder recorder = new HealthRecorder(kernels, memory);
            Losses probed = model.forwardBackward(batch, scale, ForwardObserver.NONE, recorder);
            List<OperandHealth> report = recorder.report();
            for (String layer : LAYERS) {
                assertThat(report)
                        .filteredOn(health -> health.layer().equals(layer))
                        .extracting(OperandHealth::signal)
                        .containsExactlyInAnyOrder(Signal.values());
            }
            assertThat(report).extracting(OperandHealth::layer).doesNotContain("model.layers.1.mlp.gate.weight");
            assertThat(report).allSatisfy(health -> {
                assertThat(health.cosine()).as("%s", health).isBetween(0.99, 1.0);
                assertThat(health.underflowShare()).as("%s", health).isLessThan(0.05);
                assertThat(health.nonZero()).as("%s", health).isPositive();
            });
            assertThat(model.forwardBackward(batch, scale).main()).isEqualTo(probed.main());
        }
    }
}
