package dev.calandra.trainer;

import dev.calandra.configs.PretrainConfig;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.collective.Communicator;
import dev.calandra.engine.collective.Reduction;
import dev.calandra.engine.recipe.HealthProbe;
import dev.calandra.engine.recipe.HealthRecorder;
import dev.calandra.trainer.model.Activations;
import dev.calandra.trainer.model.EngineRecipe;
import dev.calandra.trainer.model.ForwardObserver;
import dev.calandra.trainer.model.GradientListener;
import dev.calandra.trainer.model.LingModel;
import dev.calandra.trainer.model.LossScale;
import dev.calandra.trainer.model.Losses;
import dev.calandra.trainer.model.RouterLoad;
import dev.calandra.trainer.model.TokenBatch;
import dev.calandra.trainer.optimizer.AdamW;
import dev.calandra.trainer.optimizer.ExpertBalance;
import dev.calandra.trainer.optimizer.ExpertBias;
import dev.calandra.trainer.parallel.GradientReduction;
import dev.calandra.trainer.parallel.PartSums;
import dev.calandra.trainer.parallel.Ranks;
import dev.calandra.trainer.parallel.WeightGathering;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
    private final ExpertBalance balance;
    private final PretrainConfig config;
    private final Machine machine;
    private final Ranks ranks;
    private final PartSums sums;
    private final GradientReduction reduction;
    private final WeightGathering gathering;
    private List<RouterLoad> loads = List.of();
    /** Of the latest backward pass, over all ranks. */
    private LossScale scale;

    /** A learner that is alone. */
    public Learner(PretrainConfig config, Machine machine) {
        this(config, machine, Ranks.single(config));
    }

    /**
     * A model with weights drawn from the run's seed, and an optimizer at its start; or this rank's part of them.
     *
     * @param ranks borrowed; all must call the same methods in the same order
     */
    public Learner(PretrainConfig config, Machine machine, Ranks ranks) {
        this.machine = machine;
        this.ranks = ranks;
        this.model = new LingModel(
                config.model(),
                EngineRecipe.of(config.precision().recipe()),
                machine.kernels(),
                machine.memory(),
                config.run().recomputeLayers() ? Activations.RECOMPUTED : Activations.KEPT,
                ranks.expertGroup());
        model.initialise(config.run().seed());
        this.optimizer = new AdamW(
                config.optimizer(),
                model.parameters(),
                ranks.partsHere(),
                ranks::ownedPieces,
                machine.kernels(),
                machine.memory());
        this.sums = new PartSums(ranks.partsHere(), machine.kernels(), machine.memory());
        this.reduction = new GradientReduction(ranks, machine.memory());
        this.gathering = new WeightGathering(model, ranks, machine.kernels(), machine.memory());
        this.config = config;
        this.expertBias = new ExpertBias(config.optimizer().expertBiasUpdateRate());
        this.balance = new ExpertBalance(config.balance().window());
    }

    /**
     * What a batch's losses and gradients look like.
     *
     * @param losses of all heads, over all passes of all ranks
     * @param norm of all gradients on all ranks, before clipping
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

    /** Bytes that this rank has sent to others so far. */
    long bytesSent() {
        return ranks.world().traffic().bytes();
    }

    /** With whom it learns. */
    Ranks ranks() {
        return ranks;
    }

    public LingModel model() {
        return model;
    }

    public AdamW optimizer() {
        return optimizer;
    }

    /** {@link #backward(List, HealthProbe, GradientListener)} that nobody looks at. */
    public Gradients backward(List<TokenBatch> passes) {
        return backward(passes, HealthProbe.NONE, GradientListener.NONE);
    }

    /**
     * Losses and gradients of the mean loss over all passes of all ranks together.
     *
     * @param passes this rank's, as many in each of its parts
     * @param health sees every FP8 operand
     * @param progress hears when each pass goes back
     */
    public Gradients backward(List<TokenBatch> passes, HealthProbe health, GradientListener progress) {
        Communicator world = ranks.world();
        scale = LossScale.of(passes, config.balance()).over(counts -> world.allReduce(counts, Reduction.SUM));
        List<Losses> losses = new ArrayList<>();
        for (int part = 0; part < ranks.partsHere(); part++) {
            losses.add(part(part, passes, health, progress));
        }
        reduction.await();
        loads = model.routerLoads().stream().map(this::overAllRanks).toList();
        double squares = ranks.sumOverPieces(model.parameters(), optimizer.gradientSquares(), machine.memory());
        Losses all =
                Losses.sum(losses, ranks.firstPart(), ranks.parts(), values -> world.allReduce(values, Reduction.SUM));
        return new Gradients(all, Math.sqrt(squares));
    }

    /** The passes of one part of this rank's share of the batch. */
    private Losses part(int part, List<TokenBatch> passes, HealthProbe health, GradientListener progress) {
        int each = passes.size() / ranks.partsHere();
        if (each * ranks.partsHere() != passes.size()) {
            throw new IllegalArgumentException(passes.size() + " passes are not " + ranks.partsHere() + " equal parts");
        }
        boolean last = part == ranks.partsHere() - 1;
        GradientListener complete = parameters -> {
            sums.complete(part, parameters);
            if (last) {
                reduction.ready(parameters);
            }
        };
        Losses losses = Losses.ZERO;
        for (int i = part * each; i < (part + 1) * each; i++) {
            GradientListener gradients = i == (part + 1) * each - 1 ? complete : GradientListener.NONE;
            losses = losses.plus(
                    model.forwardBackward(passes.get(i), scale, ForwardObserver.NONE, health, progress.and(gradients)));
        }
        return losses;
    }

    private RouterLoad overAllRanks(RouterLoad own) {
        long[] counts = ranks.world().allReduce(own.counts(), Reduction.SUM);
        return new RouterLoad(
                own.layer(), own.expertBias(), counts, ofAllPasses(own.sequenceBalance()), ofAllPasses(own.routerZ()));
    }

    /** Values of this rank's passes in, those of all ranks' passes out, in the order of the parts. */
    private List<Double> ofAllPasses(List<Double> own) {
        double[] all = new double[own.size() * ranks.world().size()];
        for (int pass = 0; pass < own.size(); pass++) {
            all[own.size() * ranks.world().rank() + pass] = own.get(pass);
        }
        double[] gathered = own.isEmpty() ? all : ranks.world().allReduce(all, Reduction.SUM);
        return Arrays.stream(gathered).boxed().toList();
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
        model.weightsChanged();
        gathering.gather();
        double progress = (count - 1.0) / Math.max(1, config.run().steps() - 1);
        ExpertBias update = expertBias.at(config.balance().biasFinalRatio(), progress);
        if (update.active()) {
            for (RouterLoad load : loads) {
                Tensor bias = load.expertBias().value();
                bias.copyFrom(update.updated(bias.toFloats(), load.counts()));
            }
        }
    }

    /** By MoE layer: how evenly the last {@link #backward} fell on its experts; to be asked once a step. */
    public Map<String, ExpertBalance.Layer> balance() {
        Map<String, ExpertBalance.Layer> layers = new LinkedHashMap<>();
        for (RouterLoad load : loads) {
            int sharing = ranks.experts().size();
            layers.put(
                    load.layer(),
                    balance.observe(load.layer(), load.counts(), sharing)
                            .with(
                                    mean(load.sequenceBalance(), scale.sequences()),
                                    mean(load.routerZ(), scale.tokens())));
        }
        return layers;
    }

    /** Empty for a loss that was left out. */
    private static OptionalDouble mean(List<Double> sums, long count) {
        return sums.stream()
                .reduce(Double::sum)
                .map(sum -> OptionalDouble.of(sum / count))
                .orElse(OptionalDouble.empty());
    }

    /** Which tensor is not finite, for a report: the first weight, else the first gradient of the last {@link #backward}. */
    public String firstNonFinite() {
        return anywhere(optimizer
                        .nonFiniteWeight()
                        .map(name -> "first bad tensor: weight " + name)
                        .or(() -> optimizer.nonFiniteGradient().map(name -> "first bad tensor: gradient of " + name)))
                .orElse("weights and gradients are finite");
    }

    /** The first weight of which a value is not finite, on any rank. */
    public Optional<String> nonFiniteWeight() {
        return anywhere(optimizer.nonFiniteWeight());
    }

    /** What the first rank that has something to say says. */
    private Optional<String> anywhere(Optional<String> here) {
        byte[] mine = here.orElse("").getBytes(StandardCharsets.UTF_8);
        List<byte[]> all = ranks.world().allGather(mine);
        for (int rank = 0; rank < all.size(); rank++) {
            if (all.get(rank).length > 0) {
                String text = new String(all.get(rank), StandardCharsets.UTF_8);
                return Optional.of(all.size() == 1 ? text : text + " on rank " + rank);
            }
        }
        return Optional.empty();
    }

    /** Clears gradients and loads for the next batch. */
    public void clear() {
        optimizer.zeroGradients();
        model.resetRouterLoads();
        loads = List.of();
    }

    @Override
    public void close() {
        sums.close();
        optimizer.close();
        model.close();
    }
}
