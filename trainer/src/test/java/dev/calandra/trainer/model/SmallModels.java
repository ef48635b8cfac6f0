package dev.calandra.trainer.model;

import dev.calandra.configs.ModelConfig;
import dev.calandra.engine.Kernels;
import dev.calandra.engine.TensorMemory;
import dev.calandra.engine.cpu.CpuKernels;
import dev.calandra.engine.recipe.Recipe;
import java.util.Random;
import java.util.function.Consumer;

/** Models small enough for a test, with random weights, on memory that fails on a leak. */
public final class SmallModels {

    public static final int VOCABULARY = 61;

    private SmallModels() {}

    /** Two layers, the first dense, and one MTP layer. */
    public static ModelConfig config() {
        return config(1, 1, false);
    }

    /** Two layers. */
    public static ModelConfig config(int denseLayers, int mtpLayers, boolean tied) {
        return new ModelConfig(
                VOCABULARY,
                40,
                72,
                2,
                4,
                2,
                16,
                0.5,
                10_000,
                1e-6,
                true,
                8,
                1,
                3,
                4,
                2,
                24,
                denseLayers,
                2.5,
                mtpLayers,
                0.3,
                tied,
                0.05,
                64);
    }

    /** Runs a test with a model and checks that it leaves no memory behind. */
    public static void with(ModelConfig config, Recipe recipe, int threads, Consumer<LingModel> test) {
        try (TensorMemory memory = new TensorMemory(true);
                Kernels kernels = new CpuKernels(threads);
                LingModel model = new LingModel(config, recipe, kernels, memory)) {
            model.initialise(11);
            test.accept(model);
        }
    }

    /** Random tokens, every tenth without a loss. */
    public static TokenBatch batch(ModelConfig config, int batch, int sequence, long seed) {
        Random random = new Random(seed);
        int[] ids = random.ints(batch * (long) sequence, 0, config.vocabSize()).toArray();
        int[] labels = ids.clone();
        for (int i = 0; i < labels.length; i += 10) {
            labels[i] = -100;
        }
        return TokenBatch.huggingFace(ids, labels, batch, sequence, config.numNextnPredictLayers());
    }
}
