package dev.calandra.trainer.parity;

import dev.calandra.configs.OptimizerConfig;
import dev.calandra.configs.ScheduleConfig;
import dev.calandra.configs.ScheduleType;
import dev.calandra.engine.Kernels;
import dev.calandra.engine.TensorMemory;
import dev.calandra.trainer.model.LingModel;
import dev.calandra.trainer.model.LossScale;
import dev.calandra.trainer.model.RouterLoad;
import dev.calandra.trainer.model.TokenBatch;
import dev.calandra.trainer.optimizer.AdamW;
import dev.calandra.trainer.optimizer.ExpertBias;
import dev.calandra.trainer.optimizer.LearningRate;
import java.util.Arrays;
import java.util.List;

/**
 * Training steps against an expected trajectory: the loss and gradient norm (before clipping) of every step, and the
 * weights after the last.
 *
 * <p>The file has {@code input_ids} and {@code labels} [N, B, S], and any of {@code loss} [N], {@code grad_norm} [N] and
 * {@code final.<published name>}. Its metadata gives the optimizer: {@code learning_rate}, {@code warmup_steps} (linear
 * warm-up, then constant), {@code beta1}, {@code beta2}, {@code epsilon}, {@code weight_decay} (on tensors of two axes or
 * more), {@code clip_norm}, {@code bias_update_rate}.
 */
final class TrajectoryCheck {

    private static final String INPUT = "input_ids";
    private static final String FINAL = "final.";

    private final ReferenceModel reference;
    private final ExpectedValues expected;
    private final Limits limits;
    private final Kernels kernels;
    private final TensorMemory memory;

    TrajectoryCheck(
            ReferenceModel reference, ExpectedValues expected, Limits limits, Kernels kernels, TensorMemory memory) {
        this.reference = reference;
        this.expected = expected;
        this.limits = limits;
        this.kernels = kernels;
        this.memory = memory;
    }

    ParityReport run() {
        int[] shape = expected.shape(INPUT, 3);
        int steps = shape[0];
        float[] losses = new float[steps];
        float[] norms = new float[steps];
        train(shape, losses, norms);
        expected.compare("loss", Comparison.Measure.ABSOLUTE, limits.trajectoryLoss(), losses);
        expected.compare("grad_norm", Comparison.Measure.RELATIVE, limits.gradientNorm(), norms);
        for (String name : expected.open(FINAL)) {
            reference
                    .value(name.substring(FINAL.length()))
                    .ifPresent(
                            actual -> expected.compare(name, Comparison.Measure.RELATIVE_L2, limits.weights(), actual));
        }
        return expected.report(reference.unknown());
    }

    private void train(int[] shape, float[] losses, float[] norms) {
        LingModel model = reference.model();
        OptimizerConfig settings = settings();
        LearningRate rate = LearningRate.of(settings, losses.length);
        ExpertBias bias = new ExpertBias(settings.expertBiasUpdateRate());
        int[] ids = expected.ints(INPUT);
        int[] labels = expected.ints("labels");
        int tokens = shape[1] * shape[2];
        try (AdamW optimizer = new AdamW(settings, model.parameters(), kernels, memory)) {
            for (int step = 0; step < losses.length; step++) {
                int from = step * tokens;
                TokenBatch batch = TokenBatch.huggingFace(
                        Arrays.copyOfRange(ids, from, from + tokens),
                        Arrays.copyOfRange(labels, from, from + tokens),
                        shape[1],
                        shape[2],
                        model.config().numNextnPredictLayers());
                losses[step] = (float) model.forwardBackward(batch, LossScale.of(List.of(batch)))
                        .objective(model.config().mtpLossScalingFactor());
                reference.dropPaddingGradient();
                double norm = optimizer.gradientNorm();
                norms[step] = (float) norm;
                optimizer.step(rate.at(step), norm, step + 1);
                optimizer.zeroGradients();
                balance(model, bias);
                model.weightsChanged();
            }
        }
    }

    private static void balance(LingModel model, ExpertBias bias) {
        for (RouterLoad load : model.routerLoads()) {
            float[] before = load.expertBias().value().toFloats();
            load.expertBias().value().copyFrom(bias.updated(before, load.counts()));
        }
        model.resetRouterLoads();
    }

    private OptimizerConfig settings() {
        int warmupSteps = (int) expected.number("warmup_steps");
        return new OptimizerConfig(
                expected.number("learning_rate"),
                expected.number("beta1"),
                expected.number("beta2"),
                expected.number("epsilon"),
                expected.number("weight_decay"),
                expected.number("clip_norm"),
                expected.number("bias_update_rate"),
                new ScheduleConfig(ScheduleType.CONSTANT, warmupSteps, 0, 1));
    }
}
