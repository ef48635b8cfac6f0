package dev.calandra.trainer.parallel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.configs.PretrainConfig;
import dev.calandra.engine.collective.LocalCommunicator;
import dev.calandra.engine.cpu.CpuKernels;
import dev.calandra.engine.recipe.HealthProbe;
import dev.calandra.trainer.GatedKernels;
import dev.calandra.trainer.model.GradientListener;
import dev.calandra.trainer.model.Parameter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Sums over ranks that run while the backward pass goes on: without a clock, by what has not been computed when they are sent. */
class GradientReductionTest {

    @TempDir
    private Path folder;

    private static void backward(PretrainConfig config, int layer) {
        LocalCommunicator.run(
                2,
                world -> SmallTraining.on(
                        world,
                        config,
                        GatedKernels.before(layer, new CpuKernels(1), world),
                        training -> training.learner().backward(training.batch(0, 1))));
    }

    /**
     * Experts of 800,000 weights a layer: a message is full when two of the five layers, MTP's included, are done. The first of the model
     * has not gone back by then.
     */
    @Test
    void gradientsOfTheLastLayersTravelBeforeTheFirstGoesBack() throws IOException {
        backward(
                SmallTraining.config(
                        folder,
                        "model.hidden_size=128",
                        "model.num_hidden_layers=4",
                        "model.moe_intermediate_size=256"),
                5);
    }

    /** A head of a million weights, and nothing else that would fill a message before any layer goes back. */
    @Test
    void theHeadsGradientTravelsBeforeAnyLayerGoesBack() throws IOException {
        backward(SmallTraining.config(folder, "model.hidden_size=128", "model.vocab_size=8192"), 1);
    }

    @Test
    void everyParameterComesOnceAndTheEmbeddingLast() throws IOException {
        List<String> come = new ArrayList<>();
        PretrainConfig config = SmallTraining.config(folder);
        List<String> all = LocalCommunicator.run(
                        1,
                        world -> SmallTraining.on(world, config, training -> {
                            GradientListener names = parameters ->
                                    parameters.stream().map(Parameter::name).forEach(come::add);
                            training.learner().backward(training.batch(0, 1), HealthProbe.NONE, names);
                            return training.learner().model().parameters().stream()
                                    .map(Parameter::name)
                                    .toList();
                        }))
                .getFirst();
        assertThat(come).containsExactlyInAnyOrderElementsOf(all);
        assertThat(come.getFirst()).isEqualTo("lm_head.weight");
        assertThat(come.getLast()).isEqualTo("model.word_embeddings.weight");
    }
}
