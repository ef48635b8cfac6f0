package dev.calandra.trainer.bench;

import dev.calandra.configs.PretrainConfig;
import dev.calandra.trainer.Machine;
import dev.calandra.trainer.generate.Sampling;
import dev.calandra.trainer.model.CounterRandom;
import dev.calandra.trainer.model.EngineRecipe;
import dev.calandra.trainer.model.KeyValueCache;
import dev.calandra.trainer.model.LingModel;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * The time that a further token of a long sequence takes, with a {@link KeyValueCache} and without one. The model has its
 * initial weights and takes the likeliest token; the prefix is random.
 */
public final class GenerationBenchmark {
    /** Tokens read one by one, once to warm up and once to measure. */
    private static final int CACHED = 64;

    /** Tokens for each of which the whole prefix is read, likewise; the later ones count. */
    private static final int RECOMPUTED = 10;

    private static final double NANO = 1e-9;
    private static final long TOKEN_STREAM = 0x67656E62656E6368L;

    private final PretrainConfig config;
    private final Consumer<String> progress;

    /** @param progress takes a line after each part, for a person who waits */
    public GenerationBenchmark(PretrainConfig config, Consumer<String> progress) {
        this.config = config;
        this.progress = progress;
    }

    /** Tokens that were generated, and the median time of one. */
    private record Generated(int[] tokens, double seconds) {}

    /**
     * Measures.
     *
     * @param prefix tokens before the first one that is generated, at least 1
     */
    public GenerationResult run(int prefix) {
        if (prefix < 1) {
            throw new IllegalArgumentException("a prefix of at least one token is needed, got " + prefix);
        }
        try (Machine machine = Machine.of(config.run());
                LingModel model = new LingModel(
                        config.model(),
                        EngineRecipe.of(config.precision().recipe()),
                        machine.kernels(),
                        machine.memory())) {
            model.initialise(config.run().seed());
            int[] start = tokens(prefix);
            cached(model, start);
            Generated cached = cached(model, start);
            report("with the keys and values kept", cached);
            recomputed(model, start);
            Generated recomputed = recomputed(model, start);
            report("with the prefix computed again", recomputed);
            return new GenerationResult(
                    prefix,
                    1 / cached.seconds(),
                    1 / recomputed.seconds(),
                    Arrays.equals(Arrays.copyOf(cached.tokens(), RECOMPUTED), recomputed.tokens()));
        }
    }

    private Generated cached(LingModel model, int[] prefix) {
        int[] generated = new int[CACHED];
        double[] seconds = new double[CACHED - 1];
        try (KeyValueCache cache = model.newCache(prefix.length + CACHED)) {
            generated[0] = best(model.nextLogits(prefix, cache));
            for (int i = 1; i < CACHED; i++) {
                long start = System.nanoTime();
                generated[i] = best(model.nextLogits(new int[] {generated[i - 1]}, cache));
                seconds[i - 1] = (System.nanoTime() - start) * NANO;
            }
        }
        return new Generated(generated, median(seconds));
    }

    private Generated recomputed(LingModel model, int[] prefix) {
        int[] all = Arrays.copyOf(prefix, prefix.length + RECOMPUTED);
        double[] seconds = new double[RECOMPUTED];
        for (int i = 0; i < RECOMPUTED; i++) {
            int length = prefix.length + i;
            long start = System.nanoTime();
            try (KeyValueCache unused = model.newCache(length)) {
                all[length] = best(model.nextLogits(Arrays.copyOf(all, length), unused));
            }
            seconds[i] = (System.nanoTime() - start) * NANO;
        }
        return new Generated(Arrays.copyOfRange(all, prefix.length, all.length), median(seconds));
    }

    private static int best(float[] logits) {
        return Sampling.greedy().draw(logits, 0);
    }

    private int[] tokens(int count) {
        CounterRandom random = new CounterRandom(config.run().seed(), TOKEN_STREAM);
        int[] tokens = new int[count];
        Arrays.setAll(tokens, i -> (int) (random.uniform(i) * config.model().vocabSize()));
        return tokens;
    }

    private void report(String how, Generated generated) {
        progress.accept("a token %s: %.2f ms".formatted(how, generated.seconds() * 1e3));
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
