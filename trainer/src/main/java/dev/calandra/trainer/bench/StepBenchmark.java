package dev.calandra.trainer.bench;

import dev.calandra.configs.PretrainConfig;
import dev.calandra.data.PackedSequence;
import dev.calandra.engine.profile.Profile;
import dev.calandra.engine.profile.ProfilingKernels;
import dev.calandra.engine.profile.Roofline;
import dev.calandra.engine.recipe.HealthProbe;
import dev.calandra.laws.ModelCost;
import dev.calandra.trainer.Learner;
import dev.calandra.trainer.Machine;
import dev.calandra.trainer.model.CounterRandom;
import dev.calandra.trainer.model.TokenBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * Whole training steps of a config, timed: forward, backward, clipping, AdamW, expert biases, re-encoded weights. Batches
 * are random tokens, one document per sequence, made before the clock starts, so that no corpus is needed.
 */
public final class StepBenchmark {
    /** Steps before the clock counts: the JIT compiles, and memory is taken from the operating system. */
    private static final int WARM_UPS = 3;

    /** Steps whose kernels are timed one by one, after one that lets the JIT see the profiling kernels. */
    private static final int PROFILED = 2;

    private static final double NANO = 1e-9;

    private static final long TOKEN_STREAM = 0x62656E6368L;

    private final PretrainConfig config;
    private final Consumer<String> progress;

    /** @param progress takes a line after each step, for a person who waits */
    public StepBenchmark(PretrainConfig config, Consumer<String> progress) {
        this.config = config;
        this.progress = progress;
    }

    /**
     * Measures.
     *
     * @param steps to measure after the warm-up, at least 1
     */
    public BenchmarkResult run(int steps) {
        try (Machine machine = Machine.of(config.run())) {
            return measure(steps, machine);
        }
    }

    /**
     * Measures as {@link #run} does, then profiles further steps of a fresh model. Timing every kernel costs some time by
     * itself, so these steps do not count in the result.
     *
     * @param steps to measure before, at least 1
     */
    public ProfiledBenchmark runProfiled(int steps) {
        try (Machine machine = Machine.of(config.run())) {
            BenchmarkResult result = measure(steps, machine);
            double bandwidth = CopyBandwidth.gigabytesPerSecond(machine.threads(), machine.memory());
            return new ProfiledBenchmark(
                    result, profile(machine), new Roofline(result.sgemmGflops() * 1e9, bandwidth * 1e9));
        }
    }

    private BenchmarkResult measure(int steps, Machine machine) {
        if (steps < 1) {
            throw new IllegalArgumentException("at least one step is needed, got " + steps);
        }
        double sgemm = SgemmRate.gigaflops(machine.kernels(), machine.memory());
        double rate = config.tokensPerStep() / median(seconds(steps, machine));
        double flops =
                ModelCost.of(config.model(), config.data().sequenceLength()).modelTrainingFlops() * rate;
        // Whoever disturbed the first measurement may have gone by now.
        double best = Math.max(sgemm, SgemmRate.gigaflops(machine.kernels(), machine.memory()));
        return new BenchmarkResult(
                rate,
                PeakMemory.mebibytes(),
                best,
                flops / (best * 1e9),
                machine.kernels().name());
    }

    private double[] seconds(int steps, Machine machine) {
        double[] seconds = new double[steps];
        try (Learner learner = new Learner(config, machine)) {
            for (int i = 0; i < WARM_UPS + steps; i++) {
                double taken = step(learner, i).nanos() * NANO;
                boolean measured = i >= WARM_UPS;
                report(measured ? "step" : "warm-up", measured ? i - WARM_UPS + 1 : i + 1, taken);
                if (measured) {
                    seconds[i - WARM_UPS] = taken;
                }
            }
        }
        return seconds;
    }

    private Profile profile(Machine machine) {
        // Closing these would close the machine's own kernels, which the machine does.
        ProfilingKernels kernels = new ProfilingKernels(machine.kernels());
        List<Profile.Step> steps = new ArrayList<>();
        try (Learner learner = new Learner(config, new Machine(kernels, machine.memory(), machine.threads()))) {
            step(learner, 0);
            kernels.startRecording();
            for (int i = 1; i <= PROFILED; i++) {
                steps.add(step(learner, i));
                report("profiled step", i, steps.getLast().nanos() * NANO);
            }
        }
        return new Profile(steps, kernels.calls());
    }

    private void report(String what, int number, double seconds) {
        progress.accept("%s %d: %.2f s".formatted(what, number, seconds));
    }

    private Profile.Step step(Learner learner, int number) {
        List<TokenBatch> passes = passes(number);
        long start = System.nanoTime();
        Learner.Gradients gradients = learner.backward(passes, HealthProbe.NONE);
        learner.apply(config.optimizer().learningRate(), gradients, number + 1L);
        learner.clear();
        return new Profile.Step(start, System.nanoTime() - start);
    }

    private List<TokenBatch> passes(int step) {
        CounterRandom random = new CounterRandom(config.run().seed(), TOKEN_STREAM);
        int depth = config.model().numNextnPredictLayers();
        int sequence = config.data().sequenceLength();
        int perPass = config.run().sequencesPerPass();
        int length = sequence + 1 + depth;
        boolean[] targets = new boolean[length];
        Arrays.fill(targets, true);
        List<TokenBatch> passes = new ArrayList<>();
        for (int from = 0; from < config.run().batchSize(); from += perPass) {
            List<PackedSequence> windows = new ArrayList<>();
            for (int i = from; i < from + perPass; i++) {
                long first = ((long) step * config.run().batchSize() + i) * length;
                int[] tokens = new int[length];
                for (int t = 0; t < length; t++) {
                    tokens[t] =
                            (int) (random.uniform(first + t) * config.model().vocabSize());
                }
                windows.add(new PackedSequence(tokens, new int[length], targets));
            }
            passes.add(TokenBatch.of(windows, sequence, depth));
        }
        return passes;
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
