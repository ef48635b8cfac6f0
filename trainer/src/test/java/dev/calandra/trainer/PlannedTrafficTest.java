package dev.calandra.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.calandra.configs.Configs;
import dev.calandra.configs.PretrainConfig;
import dev.calandra.data.PackedSequence;
import dev.calandra.engine.TensorMemory;
import dev.calandra.engine.collective.LocalCommunicator;
import dev.calandra.engine.cpu.CpuKernels;
import dev.calandra.laws.plan.Layout;
import dev.calandra.laws.plan.Traffic;
import dev.calandra.trainer.model.TokenBatch;
import dev.calandra.trainer.parallel.Ranks;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What `calandra plan --ranks` says about bytes between ranks, against those that the ranks of a step count. */
class PlannedTrafficTest {

    @ParameterizedTest
    @CsvSource({
        "2, 1, f32, f32, f32, false",
        "2, 2, f32, f32, f32, false",
        "4, 2, f32, f32, f32, true",
        "4, 4, fp8, bf16, fp8, false"
    })
    void thePlanIsWhatRanksSend(
            int ranks, int expert, String dispatch, String combine, String gather, boolean recompute) {
        PretrainConfig config = Configs.load(
                        Path.of("..", "configs", "pico.yaml"),
                        List.of(
                                "parallel.expert=" + expert,
                                "parallel.dispatch=" + dispatch,
                                "parallel.combine=" + combine,
                                "parallel.gather_weights=" + gather,
                                "run.recompute_layers=" + recompute,
                                "run.batch_size=4",
                                "data.sequence_length=128",
                                "model.num_hidden_layers=2",
                                "model.vocab_size=512"))
                .config();
        List<Long> sent = LocalCommunicator.run(ranks, world -> {
            try (TensorMemory memory = new TensorMemory(false);
                    CpuKernels kernels = new CpuKernels(1);
                    Ranks own = Ranks.of(world, config);
                    Learner learner = new Learner(config, new Machine(kernels, memory, 1), own)) {
                long before = learner.bytesSent();
                learner.apply(1e-4, learner.backward(List.of(batch(config, world.rank(), ranks))), 1);
                return learner.bytesSent() - before;
            }
        });
        double planned = Traffic.of(config, new Layout(ranks, expert)).total();
        double mean = sent.stream().mapToLong(Long::longValue).average().orElseThrow();
        // A router that has learned nothing still likes some experts, and tokens that go alike visit fewer ranks.
        assertThat(mean).isCloseTo(planned, within((expert == 1 ? 0.01 : 0.1) * planned));
    }

    private static TokenBatch batch(PretrainConfig config, int rank, int ranks) {
        Random random = new Random(5 + rank);
        int depth = config.model().numNextnPredictLayers();
        int sequence = config.data().sequenceLength();
        int length = sequence + 1 + depth;
        boolean[] targets = new boolean[length];
        Arrays.fill(targets, true);
        List<PackedSequence> windows = IntStream.range(0, config.run().batchSize() / ranks)
                .mapToObj(_ -> new PackedSequence(
                        random.ints(length, 0, config.model().vocabSize()).toArray(), new int[length], targets))
                .toList();
        return TokenBatch.of(windows, sequence, depth);
    }
}
