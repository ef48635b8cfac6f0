package dev.calandra.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.calandra.configs.Configs;
import dev.calandra.configs.PretrainConfig;
import dev.calandra.data.PackedSequence;
import dev.calandra.engine.TensorMemory;
import dev.calandra.engine.cpu.CpuKernels;
import dev.calandra.laws.plan.Layout;
import dev.calandra.laws.plan.RankMemory;
import dev.calandra.trainer.model.TokenBatch;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What `calandra plan` says about bytes, against the memory of a step of pico. */
class PlannedMemoryTest {

    @ParameterizedTest
    @CsvSource({
        "fp8_blockwise, false, 1",
        "fp8_blockwise, false, 4",
        "fp8_blockwise, true, 1",
        "fp32, false, 1",
        "bf16, false, 1"
    })
    void thePlanIsWhatAStepOfPicoTakes(String recipe, boolean recompute, int parts) {
        PretrainConfig config = Configs.load(
                        Path.of("..", "configs", "pico.yaml"),
                        List.of(
                                "precision.recipe=" + recipe,
                                "run.recompute_layers=" + recompute,
                                "parallel.reproducible_ranks=" + parts,
                                "run.batch_size=4",
                                "data.sequence_length=256"))
                .config();
        RankMemory plan = RankMemory.of(config, Layout.SINGLE);
        try (TensorMemory memory = new TensorMemory(false);
                CpuKernels kernels = new CpuKernels(1);
                Learner learner = new Learner(config, new Machine(kernels, memory, 1))) {
            double stored = memory.liveBytes();
            // Gradients are allocated when they are first written.
            assertThat(stored).isCloseTo(plan.weights() + plan.moments(), within(0.01 * stored));
            for (int step = 1; step <= 2; step++) {
                learner.apply(1e-4, learner.backward(Collections.nCopies(parts, pass(config))), step);
                learner.clear();
            }
            double peak = memory.peakBytes();
            double activations = peak - plan.state();
            double planned = recompute ? plan.recomputedActivations() : plan.activations();
            assertThat((double) memory.liveBytes())
                    .isCloseTo(plan.weights() + plan.moments() + plan.gradients(), within(0.01 * stored));
            assertThat(activations).isCloseTo(planned, within(0.15 * planned));
        }
    }

    private static TokenBatch pass(PretrainConfig config) {
        Random random = new Random(5);
        int depth = config.model().numNextnPredictLayers();
        int sequence = config.data().sequenceLength();
        int length = sequence + 1 + depth;
        boolean[] targets = new boolean[length];
        Arrays.fill(targets, true);
        List<PackedSequence> windows = IntStream.range(0, config.sequencesPerPass(1))
                .mapToObj(_ -> new PackedSequence(
                        random.ints(length, 0, config.model().vocabSize()).toArray(), new int[length], targets))
                .toList();
        return TokenBatch.of(windows, sequence, depth);
    }
}
