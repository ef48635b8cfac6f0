package dev.calandra.trainer.model;

import dev.calandra.configs.ConfigException;
import dev.calandra.configs.ModelConfig;
import dev.calandra.configs.Problem;
import dev.calandra.engine.AttentionShape;
import dev.calandra.engine.DType;
import dev.calandra.engine.Groups;
import dev.calandra.engine.Kernels;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.TensorMemory;
import dev.calandra.engine.recipe.HealthProbe;
import dev.calandra.engine.recipe.Recipe;
import dev.calandra.engine.tape.Embedding;
import dev.calandra.engine.tape.ExpertGroup;
import dev.calandra.engine.tape.LinearCrossEntropy;
import dev.calandra.engine.tape.LinearWeight;
import dev.calandra.engine.tape.Milestone;
import dev.calandra.engine.tape.RmsNorm;
import dev.calandra.engine.tape.RouterLosses;
import dev.calandra.engine.tape.Tape;
import dev.calandra.engine.tape.Variable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A Ling 2.0 decoder with its weights. All passes, evaluation and generation included, compute in the recipe given to the
 * constructor. One thread at a time; kernels and memory are borrowed.
 */
public final class LingModel implements AutoCloseable {

    private static final RouterLosses.Scales NO_ROUTER_LOSSES = new RouterLosses.Scales(1, 0, 0);

    private final ModelConfig config;
    private final Recipe recipe;
    private final Kernels kernels;
    private final TensorMemory memory;
    private final Activations activations;
    private final WeightStore store;
    private final LingWeights weights;
    private final RotaryTable rotary;

    /** A model that keeps the activations of its training passes. */
    public LingModel(ModelConfig config, Recipe recipe, Kernels kernels, TensorMemory memory) {
        this(config, recipe, kernels, memory, Activations.KEPT);
    }

    /** A model that holds all of its experts. */
    public LingModel(ModelConfig config, Recipe recipe, Kernels kernels, TensorMemory memory, Activations activations) {
        this(config, recipe, kernels, memory, activations, ExpertGroup.alone());
    }

    /**
     * A model whose weights are zero; see {@link #initialise} and {@link HuggingFaceWeights}.
     *
     * @param experts who holds which routed experts: all their ranks must call the same methods in the same order
     * @throws ConfigException for a setting that this model does not support
     */
    public LingModel(
            ModelConfig config,
            Recipe recipe,
            Kernels kernels,
            TensorMemory memory,
            Activations activations,
            ExpertGroup experts) {
        requireImplemented(config);
        this.config = config;
        this.recipe = recipe;
        this.kernels = kernels;
        this.memory = memory;
        this.activations = activations;
        store = new WeightStore(memory, recipe, experts);
        weights = new LingWeights(config, store);
        rotary = new RotaryTable(memory, config.rotaryDim() / 2, config.ropeTheta());
    }

    private static void requireImplemented(ModelConfig config) {
        if (!config.useQkNorm()) {
            throw new ConfigException(new Problem(
                    "",
                    0,
                    "model.use_qk_norm",
                    "false is not supported: queries and keys are normalised in the kernel that rotates them, as in"
                            + " every Ling 2.0 model; set it to true"));
        }
    }

    public ModelConfig config() {
        return config;
    }

    public Recipe recipe() {
        return recipe;
    }

    /** Everything that is trained, in a fixed order. */
    public List<Parameter> parameters() {
        return store.parameters();
    }

    /** Of the parameters, those that linear layers read in an encoding of their own, by name. */
    public Map<String, LinearWeight> linearWeights() {
        return store.linear();
    }

    /** Everything else that is state of the model: the expert biases, in the order of the layers. */
    public List<Buffer> buffers() {
        return store.buffers();
    }

    /** Overwrites all weights with initial values and all expert biases with zero. */
    public void initialise(long seed) {
        new Initialisation(seed, config.initializerRange()).apply(parameters());
        buffers().forEach(buffer -> kernels.fill(buffer.value(), 0));
        weightsChanged();
    }

    /** To be called after weights were overwritten, by an optimizer or a checkpoint: encodings of the old ones are void. */
    public void weightsChanged() {
        store.changed();
    }

    /**
     * Forward and backward: adds to the gradients of all parameters.
     *
     * @param scale of the whole step that this pass is part of
     * @throws dev.calandra.configs.DataException for a token outside the vocabulary
     */
    public Losses forwardBackward(TokenBatch batch, LossScale scale) {
        return forwardBackward(batch, scale, ForwardObserver.NONE, HealthProbe.NONE);
    }

    /** {@link #forwardBackward(TokenBatch, LossScale)} under observation; the results are the same. */
    public Losses forwardBackward(TokenBatch batch, LossScale scale, ForwardObserver observer, HealthProbe health) {
        return forwardBackward(batch, scale, observer, health, GradientListener.NONE);
    }

    /** The same, telling which gradients are complete while it goes on. */
    public Losses forwardBackward(
            TokenBatch batch,
            LossScale scale,
            ForwardObserver observer,
            HealthProbe health,
            GradientListener gradients) {
        rotary.cover(batch.sequence());
        try (BatchTensors tensors = BatchTensors.upload(memory, batch, config.vocabSize());
                Tape tape = Tape.recording(kernels, memory, health)) {
            List<HeadLoss> heads = new ArrayList<>();
            Pass pass = pass(tape, batch, tensors, observer, gradients, scale.routers(batch.batch()));
            try (Variable h = mainStack(pass, tensors.idT())) {
                heads.add(loss(tape, h, tensors.targetT().getFirst(), scale.main(), batch.validTargets(0)));
                mtpStack(pass, batch, tensors, scale, h, heads);
            }
            gradients.started();
            // The largest tensor of all has its gradient with the losses: its sum may travel as long as the way back
            // takes.
            gradients.ready(weights.headParameters());
            tape.backward();
            gradients.ready(weights.embeddingParameters());
            gradients.finished();
            return new Losses(heads);
        }
    }

    /**
     * Losses of the main head, without gradients and without the MTP layers, which only training needs.
     *
     * @throws dev.calandra.configs.DataException for a token outside the vocabulary
     */
    public Losses evaluate(TokenBatch batch) {
        return evaluate(batch, ForwardObserver.NONE);
    }

    /** {@link #evaluate(TokenBatch)} under observation; the results are the same. */
    public Losses evaluate(TokenBatch batch, ForwardObserver observer) {
        rotary.cover(batch.sequence());
        try (BatchTensors tensors = BatchTensors.upload(memory, batch, config.vocabSize());
                Tape tape = Tape.forwardOnly(kernels, memory);
                Variable h = mainStack(
                        pass(tape, batch, tensors, observer, GradientListener.NONE, NO_ROUTER_LOSSES), tensors.idT());
                Tensor lossT = LinearCrossEntropy.apply(
                        tape, h, weights.head(), tensors.targetT().getFirst(), 1)) {
            HeadLoss main = new HeadLoss(sum(lossT), batch.validTargets(0));
            return new Losses(List.of(main), lossT.toFloats());
        }
    }

    private Pass pass(
            Tape tape,
            TokenBatch batch,
            BatchTensors tensors,
            ForwardObserver observer,
            GradientListener gradients,
            RouterLosses.Scales routerLosses) {
        AttentionShape shape = AttentionShape.training(
                batch.batch(),
                batch.sequence(),
                config.numAttentionHeads(),
                config.numKeyValueHeads(),
                config.headDim());
        return new Pass(
                tape,
                tensors.positions(rotary),
                shape,
                observer,
                gradients,
                routerLosses,
                tape.recording(),
                Optional.empty());
    }

    /** Embedding, decoder layers, final norm: [T, D]. */
    private Variable mainStack(Pass pass, Tensor idT) {
        List<DecoderLayer> layers = weights.layers();
        Variable h = Embedding.apply(pass.tape(), weights.embedding(), idT);
        for (int i = 0; i < layers.size(); i++) {
            pass.observer().hiddenState(i, h.value());
            markStart(pass, i);
            try (Variable input = h) {
                h = layers.get(i).forward(pass, input, activations);
            }
        }
        Milestone.record(pass.tape(), () -> pass.gradients().ready(weights.finalNormParameters()));
        try (Variable last = h) {
            Variable normalised = RmsNorm.apply(pass.tape(), last, weights.finalNorm(), (float) config.rmsNormEps());
            pass.observer().hiddenState(layers.size(), normalised.value());
            return normalised;
        }
    }

    /** On the way back, all of the layer lies behind this place. */
    private void markStart(Pass pass, int layer) {
        Milestone.record(pass.tape(), () -> pass.gradients().ready(weights.layerParameters(layer)));
    }

    /** Each MTP layer continues where the one before it, or the main stack, has ended. */
    private void mtpStack(
            Pass pass,
            TokenBatch batch,
            BatchTensors tensors,
            LossScale scale,
            Variable mainOutput,
            List<HeadLoss> heads) {
        List<MtpLayer> mtpLayers = weights.mtpLayers();
        double weight = config.mtpLossScalingFactor() / Math.max(1, mtpLayers.size());
        Variable h = mainOutput;
        for (int depth = 1; depth <= mtpLayers.size(); depth++) {
            Tape tape = pass.tape();
            markStart(pass, config.numHiddenLayers() + depth - 1);
            try (Variable before = h;
                    Variable e = Embedding.apply(
                            tape, weights.embedding(), tensors.mtpIdT().get(depth - 1))) {
                h = mtpLayers.get(depth - 1).forward(pass, e, before, activations);
            }
            pass.observer().hiddenState(config.numHiddenLayers() + depth, h.value());
            Tensor targetT = tensors.targetT().get(depth);
            heads.add(loss(tape, h, targetT, scale.mtp(depth, weight), batch.validTargets(depth)));
        }
        h.close();
    }

    private HeadLoss loss(Tape tape, Variable h, Tensor targetT, float lossScale, int targets) {
        try (Tensor lossT = LinearCrossEntropy.apply(tape, h, weights.head(), targetT, lossScale)) {
            return new HeadLoss(sum(lossT), targets);
        }
    }

    private double sum(Tensor lossT) {
        try (Tensor total = memory.allocate(DType.F64, 1)) {
            kernels.sum(lossT, total);
            return total.getDouble(0);
        }
    }

    /** An empty cache for one sequence of at most so many tokens. */
    public KeyValueCache newCache(int capacity) {
        return new KeyValueCache(memory, config, capacity);
    }

    /**
     * Reads more tokens of a sequence and scores what may follow the last of them.
     *
     * @param tokens at least one; those before them are in the cache, to which these are added
     * @return logits [V]
     * @throws IllegalArgumentException if the cache has no room
     * @throws dev.calandra.configs.DataException for a token outside the vocabulary
     */
    public float[] nextLogits(int[] tokens, KeyValueCache cache) {
        int before = cache.length();
        int keys = before + tokens.length;
        if (keys > cache.capacity()) {
            throw new IllegalArgumentException(keys + " tokens for a cache of " + cache.capacity());
        }
        rotary.cover(keys);
        TokenBatch batch = TokenBatch.huggingFace(tokens, tokens, 1, tokens.length, 0);
        try (BatchTensors tensors = BatchTensors.upload(memory, batch, config.vocabSize());
                Tape tape = Tape.forwardOnly(kernels, memory)) {
            for (int i = 0; i < tokens.length; i++) {
                tensors.positionT().setInt(i, before + i);
            }
            AttentionShape shape = new AttentionShape(
                    1,
                    tokens.length,
                    keys,
                    cache.capacity(),
                    config.numAttentionHeads(),
                    config.numKeyValueHeads(),
                    config.headDim());
            Pass pass = new Pass(
                    tape,
                    tensors.positions(rotary),
                    shape,
                    ForwardObserver.NONE,
                    GradientListener.NONE,
                    NO_ROUTER_LOSSES,
                    false,
                    Optional.of(cache));
            try (Variable h = mainStack(pass, tensors.idT());
                    Tensor logits = logits(h.value().slice(tokens.length - 1, tokens.length))) {
                cache.advance(tokens.length);
                return logits.toFloats();
            }
        }
    }

    /**
     * Scores of the output head.
     *
     * @param hTD hidden states behind the final norm (of the main stack or of an MTP layer)
     * @return [T, V], the caller's to close
     */
    public Tensor logits(Tensor hTD) {
        try (Tensor logits = memory.allocate(DType.F32, hTD.rows(), config.vocabSize());
                Tensor offsets = memory.allocate(DType.I32, 2)) {
            offsets.copyFrom(new int[] {0, hTD.rows()});
            kernels.linear(hTD, weights.head().value(), new Groups(offsets), logits);
            return logits.share();
        }
    }

    /** Loads and losses of all routers, those of MTP last; counted in training passes since the last reset. */
    public List<RouterLoad> routerLoads() {
        return weights.experts().map(ExpertNetworks::load).toList();
    }

    /** Names of all layers with experts, those of MTP last. */
    public List<String> expertLayers() {
        return weights.experts().map(ExpertNetworks::layer).toList();
    }

    /** Starts the counts anew, after the biases have been updated. */
    public void resetRouterLoads() {
        weights.experts().forEach(ExpertNetworks::resetLoad);
    }

    @Override
    public void close() {
        weights.experts().forEach(ExpertNetworks::close);
        rotary.close();
        store.close();
    }
}
