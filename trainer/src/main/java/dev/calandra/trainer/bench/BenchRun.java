package dev.calandra.trainer.bench;

import dev.calandra.configs.PretrainConfig;
import dev.calandra.laws.ModelCost;
import dev.calandra.trainer.Learner;
import dev.calandra.trainer.Machine;
import dev.calandra.trainer.Passes;
import dev.calandra.trainer.run.Progress.Batch;
import java.util.Arrays;
import java.util.function.LongSupplier;

/**
 * Measures whole training steps of a config on random tokens: batch, forward, backward, clipping, optimizer step. Nothing is
 * written, and the config needs no data.
 */
public final class BenchRun {

    private static final int WARM_UPS = 2;
    private static final double NANOS = 1e9;

    private final PretrainConfig config;
    private final int steps;
    private final LongSupplier nanoTime;

    /**
     * @param steps to measure, at least 1, after two that warm up
     * @param nanoTime the clock: {@code System::nanoTime}
     */
    public BenchRun(PretrainConfig config, int steps, LongSupplier nanoTime) {
        if (steps < 1) {
            throw new IllegalArgumentException("steps to measure: " + steps + "; at least 1");
        }
        this.config = config;
        this.steps = steps;
        this.nanoTime = nanoTime;
    }

    /** Runs the steps and the machine's own measurement. */
    public BenchReport measure() {
        int length = config.data().sequenceLength() + 1 + config.model().numNextnPredictLayers();
        RandomTokens tokens = new RandomTokens(config.model().vocabSize(), length);
        try (Machine machine = Machine.of(config.run());
                Learner learner = new Learner(config, machine);
                Passes passes = new Passes(config, tokens, 0)) {
            double[] seconds = new double[steps];
            for (int step = -WARM_UPS; step < steps; step++) {
                long start = nanoTime.getAsLong();
                step(learner, passes, step + WARM_UPS);
                if (step >= 0) {
                    seconds[step] = (nanoTime.getAsLong() - start) / NANOS;
                }
            }
            return report(
                    median(seconds), PeakMemory.mebibytes(), SgemmRate.gigaflops(machine.kernels(), machine.memory()));
        }
    }

    private void step(Learner learner, Passes passes, long step) {
        Batch batch = new Batch(step * config.run().batchSize(), false);
        Learner.Gradients gradients = learner.backward(passes.of(batch));
        learner.apply(config.optimizer().learningRate(), gradients, step + 1);
        learner.clear();
    }

    private BenchReport report(double secondsPerStep, long peakRssMib, double sgemmGflops) {
        double tokensPerSecond = config.tokensPerStep() / secondsPerStep;
        double flopsPerToken =
                ModelCost.of(config.model(), config.data().sequenceLength()).modelTrainingFlops();
        return new BenchReport(
                tokensPerSecond,
                peakRssMib,
                sgemmGflops,
                flopsPerToken * tokensPerSecond / (sgemmGflops * NANOS),
                config.tokensPerStep(),
                steps,
                secondsPerStep);
    }

    static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
