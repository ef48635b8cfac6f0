package dev.calandra.trainer;

import dev.calandra.configs.PretrainConfig;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.recipe.HealthProbe;
import dev.calandra.engine.recipe.HealthRecorder;
import dev.calandra.trainer.model.Activations;
import dev.calandra.trainer.model.EngineRecipe;
import dev.calandra.trainer.model.ForwardObserver;
import dev.calandra.trainer.model.LingModel;
import dev.calandra.trainer.model.LossScale;
import dev.calandra.trainer.model.Losses;
import dev.calandra.trainer.model.RouterLoad;
import dev.calandra.trainer.model.TokenBatch;
import dev.calandra.trainer.optimizer.AdamW;
import dev.calandra.trainer.optimizer.ExpertBias;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * A model and its optimizer: computes the gradients of a batch, then moves the weights or leaves them alone.
 *
 * <p>After {@link #backward} comes {@link #apply} or nothing, then {@link #clear}.
 */
public final class Learner implements AutoCloseable {

    private final LingModel model;
    private final AdamW optimizer;
    private final ExpertBias expertBias;
    private final Machine machine;

    /** A model with weights drawn from the run's seed, and an optimizer at its start. */
    public Learner(PretrainConfig config, Machine machine) {
        this.machine = machine;
        this.model = new LingModel(
                config.model(),
                EngineRecipe.of(config.precision().recipe()),
                machine.kernels(),
                machine.memory(),
                config.run().recomputeLayers() ? Activations.RECOMPUTED : Activations.KEPT);
        model.initialise(config.run().seed());
        this.optimizer = new AdamW(config.optimizer(), model.parameters(), machine.kernels(), machine.memory());
        this.expertBias = new ExpertBias(config.optimizer().expertBiasUpdateRate());
    }

    /**
     * What a batch's losses and gradients look like.
     *
     * @param losses of all heads, over all passes
     * @param norm of all gradients, before clipping
     */
    public record Gradients(Losses losses, double norm) {

        /** Mean over the targets of the main head, in nats; NaN for a batch without any. */
        public double loss() {
            return losses.main() / losses.mainTokens();
        }

        /** Mean loss of the multi-token-prediction heads; empty without them. */
        public OptionalDouble mtpLoss() {
            return losses.heads().size() > 1 ? OptionalDouble.of(losses.mtpMean()) : OptionalDouble.empty();
        }
    }

    public LingModel model() {
        return model;
    }

    public AdamW optimizer() {
        return optimizer;
    }

    /** {@link #backward(List, HealthProbe)} without looking at FP8 health. */
    public Gradients backward(List<TokenBatch> passes) {
        return backward(passes, HealthProbe.NONE);
    }

    /**
     * Losses and gradients of the mean loss over all passes together.
     *
     * @param health sees every FP8 operand
     */
    public Gradients backward(List<TokenBatch> passes, HealthProbe health) {
        LossScale scale = LossScale.of(passes);
        Losses losses = Losses.ZERO;
        for (TokenBatch pass : passes) {
            losses = losses.plus(model.forwardBackward(pass, scale, ForwardObserver.NONE, health));
        }
        return new Gradients(losses, optimizer.gradientNorm());
    }

    /** A probe that measures the FP8 operands of one {@link #backward}. */
    HealthRecorder newHealthRecorder() {
        return new HealthRecorder(machine.kernels(), machine.memory());
    }

    /**
     * Moves weights and expert biases by the gradients of the last {@link #backward}.
     *
     * @param count optimizer steps so far, this one included
     */
    public void apply(double learningRate, Gradients gradients, long count) {
        optimizer.step(learningRate, gradients.norm(), count);
        if (expertBias.active()) {
            for (RouterLoad load : model.routerLoads()) {
                Tensor bias = load.expertBias().value();
                bias.copyFrom(expertBias.updated(bias.toFloats(), load.counts()));
            }
        }
        model.weightsChanged();
    }

    /** By MoE layer: (largest - mean) / mean load of its experts in the last {@link #backward}. */
    public Map<String, Double> imbalance() {
        Map<String, Double> imbalance = new LinkedHashMap<>();
        for (RouterLoad load : model.routerLoads()) {
            imbalance.put(load.layer(), ExpertBias.imbalance(load.counts()));
        }
        return imbalance;
    }

    /** Which tensor is not finite, for a report: the first weight, else the first gradient of the last {@link #backward}. */
    public String firstNonFinite() {
        return optimizer
                .nonFiniteWeight()
                .map(name -> "first bad tensor: weight " + name)
                .or(() -> optimizer.nonFiniteGradient().map(name -> "first bad tensor: gradient of " + name))
                .orElse("weights and gradients are finite");
    }

    /** Clears gradients and loads for the next batch. */
    public void clear() {
        optimizer.zeroGradients();
        model.resetRouterLoads();
    }

    @Override
    public void close() {
        optimizer.close();
        model.close();
    }
}
