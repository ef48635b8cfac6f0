package dev.calandra.trainer.metrics;

import dev.calandra.engine.recipe.OperandHealth;
import dev.calandra.trainer.optimizer.ExpertBalance;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
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
 * @param tokens of the batch: sequences times their length
 * @param targets of those, tokens that have a next token to predict
 * @param reasoningShare planned share of reasoning tokens, 0 to 1
 * @param balance by MoE layer: how evenly the tokens of all ranks fell on its experts
 * @param traced whether the load of each expert is to be stated
 * @param health of each FP8 operand on sampled steps; empty on the others
 * @param outcome whether the optimizer used the gradients
 * @param batch the first sample of the batch
 * @param reinjected whether the batch was skipped before
 * @param skipped steps without an optimizer step so far in the run, this one included
 * @param bytesSent by this rank to others in this step
 * @param dataWait of the step's seconds, how long the step waited for its batch
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
        long targets,
        double reasoningShare,
        Map<String, ExpertBalance.Layer> balance,
        boolean traced,
        List<OperandHealth> health,
        StepOutcome outcome,
        long batch,
        boolean reinjected,
        long skipped,
        long bytesSent,
        double dataWait,
        double seconds) {

    public StepRecord {
        balance = Collections.unmodifiableMap(new LinkedHashMap<>(balance));
        health = List.copyOf(health);
    }

    /** Tokens per second of this step. */
    public double tokensPerSecond() {
        return tokens / seconds;
    }

    /** The largest share of an FP8 operand's values that became zero; empty on steps that were not sampled. */
    public OptionalDouble worstUnderflow() {
        return health.stream().mapToDouble(OperandHealth::underflowShare).max();
    }

    /** The worst layer's imbalance; 0 without MoE layers. */
    public double worstImbalance() {
        return balance.values().stream()
                .mapToDouble(ExpertBalance.Layer::batch)
                .max()
                .orElse(0);
    }
}
