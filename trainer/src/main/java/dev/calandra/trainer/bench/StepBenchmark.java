package dev.calandra.trainer.bench;

import dev.calandra.checkpoints.RowRange;
import dev.calandra.configs.PretrainConfig;
import dev.calandra.data.PackedSequence;
import dev.calandra.engine.Kernels;
import dev.calandra.engine.collective.CollectiveCall;
import dev.calandra.engine.collective.Communicator;
import dev.calandra.engine.collective.Reduction;
import dev.calandra.engine.collective.SingleRank;
import dev.calandra.engine.profile.Profile;
import dev.calandra.engine.profile.ProfilingKernels;
import dev.calandra.engine.profile.Roofline;
import dev.calandra.engine.recipe.HealthProbe;
import dev.calandra.laws.ModelCost;
import dev.calandra.trainer.Learner;
import dev.calandra.trainer.Machine;
import dev.calandra.trainer.model.CounterRandom;
import dev.calandra.trainer.model.GradientListener;
import dev.calandra.trainer.model.TokenBatch;
import dev.calandra.trainer.parallel.Ranks;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

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
    private final Communicator world;
    private final int neighbours;
    private final Consumer<String> progress;
    private final UnaryOperator<Kernels> profiled;

    /**
     * On one rank.
     *
     * @param progress takes a line after each step, for a person who waits
     */
    public StepBenchmark(PretrainConfig config, Consumer<String> progress) {
        this(config, new SingleRank(), 1, progress);
    }

    /**
     * One rank's part in a benchmark of several, all of which call the same methods.
     *
     * @param world borrowed
     * @param neighbours ranks that share this machine, this one included
     * @param progress of rank 0; the others say nothing
     */
    public StepBenchmark(PretrainConfig config, Communicator world, int neighbours, Consumer<String> progress) {
        this(config, world, neighbours, progress, kernels -> kernels);
    }

    /** @param profiled goes around the kernels of profiled steps */
    StepBenchmark(
            PretrainConfig config,
            Communicator world,
            int neighbours,
            Consumer<String> progress,
            UnaryOperator<Kernels> profiled) {
        this.config = config;
        this.world = world;
        this.neighbours = neighbours;
        this.profiled = profiled;
        this.progress = world.rank() == 0 ? progress : line -> {};
    }

    /**
     * Measures.
     *
     * @param steps to measure after the warm-up, at least 1
     * @throws dev.calandra.configs.ConfigException when the config does not fit the number of ranks
     */
    public BenchmarkResult run(int steps) {
        requireSteps(steps);
        try (Ranks ranks = Ranks.of(world, config);
                Machine machine = Machine.of(config.run(), neighbours)) {
            return measure(steps, machine, ranks);
        }
    }

    /**
     * Measures as {@link #run} does, then profiles further steps of a fresh model. Timing every kernel costs some time by
     * itself, so these steps do not count in the result.
     *
     * @param steps to measure before, at least 1
     */
    public ProfiledBenchmark runProfiled(int steps) {
        requireSteps(steps);
        try (Ranks ranks = Ranks.of(world, config);
                Machine machine = Machine.of(config.run(), neighbours)) {
            BenchmarkResult result = measure(steps, machine, ranks);
            double bandwidth = CopyBandwidth.gigabytesPerSecond(machine.threads(), machine.memory());
            RankTimeline timeline = profile(machine, ranks);
            Roofline roofline = new Roofline(
                    result.rates().f32() * 1e9 / world.size(),
                    result.rates().fp8() * 1e9 / world.size(),
                    bandwidth * 1e9);
            return new ProfiledBenchmark(result, timeline.profile(), roofline, trace(timeline));
        }
    }

    private static void requireSteps(int steps) {
        if (steps < 1) {
            throw new IllegalArgumentException("at least one step is needed, got " + steps);
        }
    }

    private BenchmarkResult measure(int steps, Machine machine, Ranks ranks) {
        ProductRates before = productRates(machine);
        double[] seconds = new double[steps];
        List<CollectiveCall> calls = steps(seconds, machine, ranks);
        double rate = config.tokensPerStep() / median(seconds);
        double flops =
                ModelCost.of(config.model(), config.data().sequenceLength()).modelTrainingFlops() * rate;
        // Whoever disturbed the first measurement may have gone by now.
        ProductRates best = before.best(productRates(machine));
        return new BenchmarkResult(
                rate,
                peak(),
                best,
                flops / (best.f32() * 1e9),
                machine.kernels().name(),
                world.size(),
                world.name(),
                world.size() == 1
                        ? List.of()
                        : CollectiveFigures.of(calls, Thread.currentThread().threadId(), steps),
                world.size() == 1 ? Optional.empty() : Optional.of(LinkBenchmark.measure(world)));
    }

    /** The rates of all ranks, taken at the same time. */
    private ProductRates productRates(Machine machine) {
        world.barrier();
        ProductRates own = ProductRates.measure(machine.kernels(), machine.memory());
        double[] all = world.allReduce(new double[] {own.f32(), own.fp8()}, Reduction.SUM);
        return new ProductRates(all[0], all[1]);
    }

    private OptionalLong peak() {
        long most = world.allReduce(new long[] {PeakMemory.mebibytes().orElse(0)}, Reduction.MAX)[0];
        return most == 0 ? OptionalLong.empty() : OptionalLong.of(most);
    }

    /** Fills in the seconds of each step; gives the collectives of all of them. */
    private List<CollectiveCall> steps(double[] seconds, Machine machine, Ranks ranks) {
        try (Learner learner = new Learner(config, machine, ranks)) {
            for (int i = 0; i < WARM_UPS; i++) {
                report(
                        "warm-up",
                        i + 1,
                        step(learner, ranks, i, GradientListener.NONE).nanos() * NANO);
            }
            world.traffic().startRecording();
            for (int i = 0; i < seconds.length; i++) {
                seconds[i] = step(learner, ranks, WARM_UPS + i, GradientListener.NONE)
                                .nanos()
                        * NANO;
                report("step", i + 1, seconds[i]);
            }
            return world.traffic().stopRecording();
        }
    }

    private RankTimeline profile(Machine machine, Ranks ranks) {
        // Closing these would close the machine's own kernels, which the machine does.
        ProfilingKernels kernels = new ProfilingKernels(profiled.apply(machine.kernels()));
        Machine timed = new Machine(kernels, machine.memory(), machine.threads());
        BackwardSpans backward = new BackwardSpans();
        List<Profile.Step> steps = new ArrayList<>();
        try (Learner learner = new Learner(config, timed, ranks)) {
            step(learner, ranks, 0, GradientListener.NONE);
            world.barrier();
            long origin = System.nanoTime();
            kernels.startRecording();
            world.traffic().startRecording();
            for (int i = 1; i <= PROFILED; i++) {
                steps.add(step(learner, ranks, i, backward));
                report("profiled step", i, steps.getLast().nanos() * NANO);
            }
            return new RankTimeline(
                    world.rank(),
                    Thread.currentThread().threadId(),
                    origin,
                    new Profile(steps, kernels.calls()),
                    backward.spans(),
                    world.traffic().stopRecording());
        }
    }

    /** That of all ranks. */
    private String trace(RankTimeline own) {
        byte[] events = ChromeTrace.events(own).getBytes(StandardCharsets.UTF_8);
        return ChromeTrace.join(world.allGather(events).stream()
                .map(rank -> new String(rank, StandardCharsets.UTF_8))
                .toList());
    }

    private void report(String what, int number, double seconds) {
        progress.accept("%s %d: %.2f s".formatted(what, number, seconds));
    }

    private Profile.Step step(Learner learner, Ranks ranks, int number, GradientListener listener) {
        List<TokenBatch> passes = passes(number, ranks);
        long start = System.nanoTime();
        Learner.Gradients gradients = learner.backward(passes, HealthProbe.NONE, listener);
        learner.apply(config.optimizer().learningRate(), gradients, number + 1L);
        learner.clear();
        return new Profile.Step(start, System.nanoTime() - start);
    }

    private List<TokenBatch> passes(int step, Ranks ranks) {
        RowRange share = ranks.share(config.run().batchSize());
        CounterRandom random = new CounterRandom(config.run().seed(), TOKEN_STREAM);
        int depth = config.model().numNextnPredictLayers();
        int sequence = config.data().sequenceLength();
        int perPass = config.sequencesPerPass(ranks.world().size());
        int length = sequence + 1 + depth;
        boolean[] targets = new boolean[length];
        Arrays.fill(targets, true);
        List<TokenBatch> passes = new ArrayList<>();
        for (int from = Math.toIntExact(share.from()); from < share.to(); from += perPass) {
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
