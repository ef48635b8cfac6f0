package dev.calandra.trainer;

import dev.calandra.configs.Configs;
import dev.calandra.configs.PretrainConfig;
import dev.calandra.data.PackedSequence;
import dev.calandra.engine.Kernels;
import dev.calandra.engine.TensorMemory;
import dev.calandra.trainer.model.TokenBatch;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/** Training steps of pico on two short sequences of random tokens, through kernels that a test looks into. */
final class PicoSteps implements AutoCloseable {

    private static final int SEQUENCE = 64;
    private static final int SEQUENCES = 2;

    private final PretrainConfig config;
    private final TensorMemory memory = new TensorMemory(false);
    private final Kernels kernels;
    private final Learner learner;
    private final Random random = new Random(11);
    private int steps;

    /** @param kernels computes; closed with this */
    PicoSteps(Kernels kernels) {
        this.kernels = kernels;
        // Surefire runs in the module's folder.
        config = Configs.load(Path.of("..", "configs", "pico.yaml"), List.of()).config();
        learner = new Learner(config, new Machine(kernels, memory, 1));
    }

    TensorMemory memory() {
        return memory;
    }

    void step() {
        learner.apply(config.optimizer().learningRate(), learner.backward(List.of(batch())), ++steps);
        learner.clear();
    }

    private TokenBatch batch() {
        int depth = config.model().numNextnPredictLayers();
        int length = SEQUENCE + 1 + depth;
        boolean[] targets = new boolean[length];
        Arrays.fill(targets, true);
        List<PackedSequence> windows = IntStream.range(0, SEQUENCES)
                .mapToObj(_ -> new PackedSequence(
                        random.ints(length, 0, config.model().vocabSize()).toArray(), new int[length], targets))
                .toList();
        return TokenBatch.of(windows, SEQUENCE, depth);
    }

    @Override
    public void close() {
        learner.close();
        kernels.close();
        memory.close();
    }
}
