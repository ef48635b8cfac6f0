package dev.calandra.engine.tape;

import dev.calandra.engine.AttentionShape;
import dev.calandra.engine.DType;
import dev.calandra.engine.Kernels;
import dev.calandra.engine.RouterShape;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.TensorMemory;
import dev.calandra.engine.recipe.Fp32;
import dev.calandra.engine.recipe.HealthProbe;
import dev.calandra.engine.recipe.Recipe;
import dev.calandra.engine.support.TestTensors;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A graph in which every operation of the tape occurs: one decoder layer with experts, its output joined with the
 * embeddings (as an MTP layer does), and the loss. T = 14 tokens in two sequences, the second of two documents.
 */
final class SmallGraph implements AutoCloseable {

    static final int BATCH = 2;
    static final int SEQUENCE = 7;
    static final int TOKENS = BATCH * SEQUENCE;
    static final int HIDDEN = 12;
    static final int VOCABULARY = 11;
    static final float LOSS_SCALE = 0.5f;
    private static final float EPS = 1e-6f;
    private static final int HEAD = 4;
    private static final AttentionShape ATTENTION = AttentionShape.training(BATCH, SEQUENCE, 4, 2, HEAD);
    private static final RouterShape ROUTER = new RouterShape(6, 3, 2, 2, 2.5f);
    private static final int EXPERT = 5;

    private static final ExpertGroup ALONE = ExpertGroup.alone();

    private final Map<String, Weight> weights = new LinkedHashMap<>();
    private final Map<String, LinearWeight> linear = new LinkedHashMap<>();
    private final Tensor ids;
    private final Tensor targets;
    private final Tensor bias;
    private final Positions positions;
    private final boolean recompute;

    SmallGraph(TestTensors tensors, Recipe recipe, boolean recompute) {
        this.recompute = recompute;
        ids = tensors.randomInts(VOCABULARY, TOKENS);
        targets = tensors.randomInts(VOCABULARY, TOKENS);
        targets.setInt(3, -1);
        bias = tensors.normal(0.1, new int[] {ROUTER.experts()});
        Tensor documentStart = tensors.ints(new int[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 3, 3, 3}, BATCH, SEQUENCE);
        Tensor position = tensors.ints(new int[] {0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 0, 1, 2, 3}, TOKENS);
        Tensor angle = tensors.normal(SEQUENCE, HEAD / 4);
        Tensor cos = tensors.output(SEQUENCE, HEAD / 4);
        Tensor sin = tensors.output(SEQUENCE, HEAD / 4);
        for (int i = 0; i < angle.size(); i++) {
            cos.setFloat(i, (float) Math.cos(angle.getFloat(i)));
            sin.setFloat(i, (float) Math.sin(angle.getFloat(i)));
        }
        positions = new Positions(cos, sin, position, documentStart);
        weight(tensors, "table", VOCABULARY, HIDDEN);
        weight(tensors, "head", VOCABULARY, HIDDEN);
        weight(tensors, "norm1", HIDDEN);
        weight(tensors, "norm2", HIDDEN);
        weight(tensors, "queryNorm", HEAD);
        weight(tensors, "keyNorm", HEAD);
        linear(tensors, recipe, "qkv", 1, ATTENTION.qkvWidth(), HIDDEN);
        linear(tensors, recipe, "dense", 1, HIDDEN, 4 * HEAD);
        linear(tensors, new Fp32(), "router", 1, ROUTER.experts(), HIDDEN);
        linear(tensors, recipe, "gateUp", ROUTER.experts(), 2 * EXPERT, HIDDEN);
        linear(tensors, recipe, "down", ROUTER.experts(), HIDDEN, EXPERT);
        linear(tensors, recipe, "sharedGateUp", 1, 2 * EXPERT, HIDDEN);
        linear(tensors, recipe, "sharedDown", 1, HIDDEN, EXPERT);
        linear(tensors, new Fp32(), "join", 1, HIDDEN, 2 * HIDDEN);
    }

    private Weight weight(TestTensors tensors, String name, int... shape) {
        Weight weight = new Weight(tensors.memory(), shape);
        try (Tensor values = tensors.normal(0.5, shape)) {
            weight.value().copyFrom(values);
        }
        weights.put(name, weight);
        return weight;
    }

    private void linear(TestTensors tensors, Recipe recipe, String name, int... shape) {
        Weight weight = weight(tensors, name, shape);
        int matrixRows = name.endsWith("ateUp") ? shape[1] / 2 : shape[1];
        linear.put(name, new LinearWeight(name, weight, recipe, matrixRows));
    }

    Map<String, Weight> weights() {
        return weights;
    }

    void weightsChanged() {
        linear.values().forEach(LinearWeight::changed);
    }

    /** Loss times {@link #LOSS_SCALE}, with gradients. */
    double forwardBackward(Kernels kernels, TensorMemory memory, HealthProbe health) {
        try (Tape tape = Tape.recording(kernels, memory, health)) {
            double loss = loss(tape);
            tape.backward();
            return loss;
        }
    }

    /** Loss times {@link #LOSS_SCALE}. */
    double evaluate(Kernels kernels, TensorMemory memory) {
        try (Tape tape = Tape.forwardOnly(kernels, memory)) {
            return loss(tape);
        }
    }

    private double loss(Tape tape) {
        try (Variable e = Embedding.apply(tape, weights.get("table"), ids);
                Variable h = recompute ? Recompute.apply(tape, e, this::layer) : layer(tape, e);
                Variable both = Interleave.apply(tape, e, h);
                Variable joined = Linear.apply(tape, both, linear.get("join"));
                Tensor losses = LinearCrossEntropy.apply(tape, joined, weights.get("head"), targets, LOSS_SCALE);
                Tensor sum = tape.memory().allocate(DType.F64, 1)) {
            tape.kernels().sum(losses, sum);
            return LOSS_SCALE * sum.getDouble(0);
        }
    }

    private Variable layer(Tape tape, Variable h) {
        try (Variable afterAttention = Residual.apply(tape, h, attention(tape, h))) {
            return Residual.apply(tape, afterAttention, experts(tape, afterAttention));
        }
    }

    private Variable attention(Tape tape, Variable h) {
        HeadNorms norms = new HeadNorms(weights.get("queryNorm"), weights.get("keyNorm"), EPS);
        try (Variable x = RmsNorm.apply(tape, h, weights.get("norm1"), EPS);
                Variable qkv = Linear.apply(tape, x, linear.get("qkv"));
                Variable heads = CausalAttention.apply(tape, qkv, norms, positions, ATTENTION)) {
            return Linear.apply(tape, heads, linear.get("dense"));
        }
    }

    private Variable experts(Tape tape, Variable h) {
        try (Variable x = RmsNorm.apply(tape, h, weights.get("norm2"), EPS);
                LinearInput input = new LinearInput(tape, x);
                Variable logits = Linear.apply(tape, input, linear.get("router"));
                Routing routing = Route.apply(tape, logits, bias, ROUTER);
                Variable gateUp = Linear.apply(tape, input, linear.get("sharedGateUp"));
                Variable a = SwiGlu.apply(tape, gateUp)) {
            Variable shared = Linear.apply(tape, a, linear.get("sharedDown"));
            return RoutedExperts.apply(tape, input, routing, linear.get("gateUp"), linear.get("down"), shared, ALONE);
        }
    }

    @Override
    public void close() {
        linear.values().forEach(LinearWeight::close);
        weights.values().forEach(Weight::close);
    }
}
