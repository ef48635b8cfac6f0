package dev.calandra.trainer.parallel;

import dev.calandra.configs.Configs;
import dev.calandra.configs.PretrainConfig;
import dev.calandra.data.PackedSequence;
import dev.calandra.engine.Kernels;
import dev.calandra.engine.TensorMemory;
import dev.calandra.engine.collective.Communicator;
import dev.calandra.engine.cpu.CpuKernels;
import dev.calandra.trainer.Learner;
import dev.calandra.trainer.Machine;
import dev.calandra.trainer.model.TokenBatch;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;

/**
 * Training of a small model on tokens that follow a rule, so that there is something to learn. Sequences are as long as a tile:
 * the tiles along the tokens of several ranks are then those of one.
 */
final class SmallTraining {

    private static final int SEQUENCE = 128;
    private static final int VOCABULARY = 96;

    private static final String CONFIG = """
            model:
              vocab_size: 96
              hidden_size: 32
              intermediate_size: 64
              num_hidden_layers: 3
              num_attention_heads: 2
              num_key_value_heads: 1
              head_dim: 16
              num_experts: 8
              num_experts_per_tok: 2
              n_group: 2
              topk_group: 1
              moe_intermediate_size: 24
              num_nextn_predict_layers: 1
              initializer_range: 0.05
              max_position_embeddings: 128
            precision: {recipe: fp8_blockwise}
            optimizer:
              learning_rate: 2e-3
              expert_bias_update_rate: 1e-2
              schedule: {type: constant, warmup_steps: 4}
            data:
              tokenizer: none
              sequence_length: 128
              sources:
                - {name: none, kind: general, path: none}
              mixture:
                - {at: 0.0, reasoning: 0.0}
            run: {directory: none, steps: 100, batch_size: 4}
            """;

    private final PretrainConfig config;
    private final Ranks ranks;
    private final Learner learner;

    private SmallTraining(PretrainConfig config, Ranks ranks, Learner learner) {
        this.config = config;
        this.ranks = ranks;
        this.learner = learner;
    }

    static PretrainConfig config(Path folder, String... sets) throws IOException {
        Path file = folder.resolve("small.yaml");
        Files.writeString(file, CONFIG);
        return Configs.load(file, List.of(sets)).config();
    }

    /** Runs a body on one rank. */
    static <T> T on(Communicator world, PretrainConfig config, Function<SmallTraining, T> body) {
        return on(world, config, new CpuKernels(1), body);
    }

    /** The same, with other kernels, which are closed then. */
    static <T> T on(Communicator world, PretrainConfig config, Kernels kernels, Function<SmallTraining, T> body) {
        try (Ranks ranks = Ranks.of(world, config);
                Machine machine = new Machine(kernels, new TensorMemory(), 1);
                Learner learner = new Learner(config, machine, ranks)) {
            return body.apply(new SmallTraining(config, ranks, learner));
        }
    }

    Ranks ranks() {
        return ranks;
    }

    Learner learner() {
        return learner;
    }

    /** This rank's passes of a step, as the config cuts them. */
    List<TokenBatch> batch(int step) {
        return batch(step, passes());
    }

    /**
     * This rank's passes of a step.
     *
     * @param passes into which a single rank cuts the whole batch; several ranks take one each
     */
    List<TokenBatch> batch(int step, int passes) {
        int cut = passes * ranks.world().size();
        int each = config.run().batchSize() / cut;
        List<TokenBatch> batches = new ArrayList<>();
        for (int pass = 0; pass < passes; pass++) {
            int first = (ranks.world().rank() * passes + pass) * each;
            batches.add(TokenBatch.of(
                    IntStream.range(first, first + each)
                            .mapToObj(i -> window(1000L * step + i))
                            .toList(),
                    SEQUENCE,
                    config.model().numNextnPredictLayers()));
        }
        return batches;
    }

    /** Each token is twice the one before it plus one of two steps, with noise; the first third has no target. */
    private PackedSequence window(long seed) {
        Random random = new Random(seed);
        int length = SEQUENCE + 1 + config.model().numNextnPredictLayers();
        int[] tokens = new int[length];
        boolean[] targets = new boolean[length];
        Arrays.fill(targets, (int) (seed % 3) * 16, length, true);
        tokens[0] = random.nextInt(VOCABULARY);
        for (int i = 1; i < length; i++) {
            tokens[i] = random.nextInt(8) == 0
                    ? random.nextInt(VOCABULARY)
                    : (2 * tokens[i - 1] + 1 + random.nextInt(2)) % VOCABULARY;
        }
        return new PackedSequence(tokens, new int[length], targets);
    }

    /** Trains with the passes of the config. */
    double[][] train(int steps) {
        return train(steps, passes());
    }

    private int passes() {
        int size = ranks.world().size();
        return config.run().batchSize() / size / config.sequencesPerPass(size);
    }

    /** Trains and returns loss, MTP loss and norm of each step. */
    double[][] train(int steps, int passes) {
        double[][] curve = new double[steps][];
        for (int step = 0; step < steps; step++) {
            Learner.Gradients gradients = learner.backward(batch(step, passes));
            curve[step] = new double[] {gradients.loss(), gradients.mtpLoss().getAsDouble(), gradients.norm()};
            learner.apply(config.optimizer().learningRate(), gradients, step + 1);
            learner.clear();
        }
        return curve;
    }
}
