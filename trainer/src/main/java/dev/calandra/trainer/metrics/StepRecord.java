package dev.calandra.trainer.metrics;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * What is known about one step of training.
 *
 * @param step counted from 1: steps done, this one included
 * @param steps of the whole run
 * @param loss mean cross-entropy per target token in nats, main head only
 * @param mtpLoss the same for the multi-token-prediction heads; empty where the model has none
 * @param gradientNorm before clipping
 * @param learningRate of this step
 * @param tokens that the loss was taken over
 * @param reasoningShare planned share of reasoning tokens, 0 to 1
 * @param imbalance by MoE layer: (largest - mean) / mean load of its experts (Wang et al., arXiv 2408.15664)
 * @param health FP8 health of sampled steps by measure, worst operand of the model; empty on the others
 * @param outcome whether the optimizer used the gradients
 * @param batch the first sample of the batch
 * @param reinjected whether the batch was skipped before
 * @param skipped steps without an optimizer step so far in the run, this one included
 * @param seconds wall-clock time of the step
 */
public record StepRecord(
        long step,
        long steps,
        double loss,
        OptionalDouble mtpLoss,
        double gradientNorm,
        double learningRate,
        long tokens,
        double reasoningShare,
        Map<String, Double> imbalance,
        Map<String, Double> health,
        StepOutcome outcome,
        long batch,
        boolean reinjected,
        long skipped,
        double seconds) {

    public StepRecord {
        imbalance = Collections.unmodifiableMap(new LinkedHashMap<>(imbalance));
        health = Collections.unmodifiableMap(new LinkedHashMap<>(health));
    }

    /** Tokens per second of this step. */
    public double tokensPerSecond() {
        return tokens / seconds;
    }

    /** The worst layer's imbalance; 0 without MoE layers. */
    public double worstImbalance() {
        return imbalance.values().stream()
                .mapToDouble(Double::doubleValue)
                .max()
                .orElse(0);
    }
}
