package dev.calandra.trainer.parity;

import dev.calandra.checkpoints.SafetensorsFile;
import dev.calandra.configs.Recipe;
import dev.calandra.engine.Kernels;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.TensorMemory;
import dev.calandra.engine.recipe.HealthProbe;
import dev.calandra.trainer.model.ForwardObserver;
import dev.calandra.trainer.model.HeadLoss;
import dev.calandra.trainer.model.LossScale;
import dev.calandra.trainer.model.Losses;
import dev.calandra.trainer.model.TokenBatch;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One forward and backward pass against expected values.
 *
 * <p>The file has {@code input_ids} [B, S] and {@code labels} [B, S] (negative: ignored), and any of: {@code loss}, {@code
 * mtp_loss}, {@code logits}, {@code mtp_logits}, {@code hidden_states.i}, {@code router.i.logits}, {@code
 * router.i.topk_idx}, {@code grad.<published name>}.
 */
public final class ParityCheck {

    private static final String INPUT = "input_ids";
    private static final String LABELS = "labels";
    private static final String GRADIENT = "grad.";
    private static final int TRAJECTORY_AXES = 3;

    private final ReferenceModel reference;
    private final ExpectedValues expected;
    private final Limits limits;

    private ParityCheck(ReferenceModel reference, ExpectedValues expected, Limits limits) {
        this.reference = reference;
        this.expected = expected;
        this.limits = limits;
    }

    /**
     * Compares whatever the file of expected values holds: one pass, or a trajectory of training steps, which has one more
     * axis in {@code input_ids}.
     *
     * @param modelFolder Hugging Face folder: config.json and weights
     * @throws dev.calandra.configs.CheckpointException when a file is missing, malformed, or of another model
     * @throws dev.calandra.configs.DataException when the expected values make no sense
     */
    public static ParityReport run(
            Path modelFolder, Path expectedValues, Recipe recipe, Kernels kernels, TensorMemory memory) {
        try (SafetensorsFile file = SafetensorsFile.open(expectedValues);
                ReferenceModel reference = ReferenceModel.load(modelFolder, recipe, kernels, memory)) {
            ExpectedValues expected = new ExpectedValues(file);
            Limits limits = Limits.of(recipe);
            if (file.tensor(INPUT).shape().size() == TRAJECTORY_AXES) {
                return new TrajectoryCheck(reference, expected, limits, kernels, memory).run();
            }
            return new ParityCheck(reference, expected, limits).run();
        }
    }

    private ParityReport run() {
        int[] shape = expected.shape(INPUT, 2);
        int[] ids = expected.ints(INPUT);
        int depths = reference.model().config().numNextnPredictLayers();
        TokenBatch batch = TokenBatch.huggingFace(ids, labels(ids.length), shape[0], shape[1], depths);
        LossScale scale = LossScale.of(List.of(batch));
        Losses losses = reference.model().forwardBackward(batch, scale, new Results(), HealthProbe.NONE);
        compareLosses(losses);
        reference.dropPaddingGradient();
        compareGradients();
        return expected.report(reference.unknown());
    }

    private void compareGradients() {
        Map<String, float[]> gradients = new LinkedHashMap<>();
        for (String name : expected.open(GRADIENT)) {
            reference.gradient(name.substring(GRADIENT.length())).ifPresent(actual -> {
                gradients.put(name, actual);
                expected.compare(name, Comparison.Measure.RELATIVE_L2, limits.gradient(), actual);
            });
        }
        expected.compareTogether(GRADIENT, limits.allGradients(), gradients);
    }

    /** Without labels there is no loss, and only the forward pass is compared. */
    private int[] labels(int tokens) {
        if (expected.has(LABELS)) {
            return expected.ints(LABELS);
        }
        int[] none = new int[tokens];
        Arrays.fill(none, -1);
        return none;
    }

    private void compareLosses(Losses losses) {
        double factor = reference.model().config().mtpLossScalingFactor();
        float[] objective = {(float) losses.objective(factor)};
        expected.compare("loss", Comparison.Measure.ABSOLUTE, limits.loss(), objective);
        List<HeadLoss> mtp = losses.heads().subList(1, losses.heads().size());
        float[] means = new float[mtp.size()];
        for (int depth = 0; depth < means.length; depth++) {
            means[depth] = (float) mtp.get(depth).mean();
        }
        expected.compare("mtp_loss", Comparison.Measure.ABSOLUTE, limits.loss(), means);
    }

    /** Compares the results of the forward pass as they come by. */
    private final class Results implements ForwardObserver {

        @Override
        public void hiddenState(int index, Tensor hTD) {
            compare("hidden_states." + index, hTD);
            int layers = reference.model().config().numHiddenLayers();
            if (index >= layers) {
                try (Tensor logits = reference.model().logits(hTD)) {
                    compare(logitsName(index - layers), logits);
                }
            }
        }

        private String logitsName(int depth) {
            return switch (depth) {
                case 0 -> "logits";
                case 1 -> "mtp_logits";
                default -> "mtp_logits." + depth;
            };
        }

        @Override
        public void router(int index, Tensor logitsTE, Tensor expertsTK) {
            compare("router." + index + ".logits", logitsTE);
            expected.compareChoices("router." + index + ".topk_idx", limits.indices(), expertsTK.toInts());
        }

        private void compare(String name, Tensor actual) {
            expected.compare(name, Comparison.Measure.RELATIVE_L2, limits.activations(), actual.toFloats());
        }
    }
}
