package dev.calandra.trainer.model;

import dev.calandra.engine.DType;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.TensorMemory;
import dev.calandra.engine.recipe.Fp32;
import dev.calandra.engine.recipe.Recipe;
import dev.calandra.engine.tape.ExpertGroup;
import dev.calandra.engine.tape.LinearWeight;
import dev.calandra.engine.tape.Weight;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Makes and owns a model's weights, and knows the published name of every row. */
final class WeightStore implements AutoCloseable {

    private final TensorMemory memory;
    private final Recipe recipe;
    private final ExpertGroup group;
    private final List<Parameter> parameters = new ArrayList<>();
    private final List<Buffer> buffers = new ArrayList<>();
    private final List<LinearWeight> linear = new ArrayList<>();

    /** @param group who holds which experts */
    WeightStore(TensorMemory memory, Recipe recipe, ExpertGroup group) {
        this.memory = memory;
        this.recipe = recipe;
        this.group = group;
    }

    ExpertGroup group() {
        return group;
    }

    List<Parameter> parameters() {
        return List.copyOf(parameters);
    }

    List<Buffer> buffers() {
        return List.copyOf(buffers);
    }

    /** Those that linear layers read, by the name of their parameter. */
    Map<String, LinearWeight> linear() {
        return linear.stream().collect(Collectors.toMap(LinearWeight::name, Function.identity()));
    }

    void changed() {
        linear.forEach(LinearWeight::changed);
    }

    /** A weight that is one published tensor. */
    Weight weight(String name, int... shape) {
        return add(name, List.of(new Part(name, 0, shape[0], shape)), shape);
    }

    /** Added to routing scores; not trained. */
    Tensor buffer(String name, int size) {
        Tensor value = memory.zeros(DType.F32, size);
        buffers.add(new Buffer(name, value));
        return value;
    }

    /** A linear layer in the precision of the run. */
    LinearWeight linear(String name, int outputs, int inputs) {
        Part part = new Part(name, 0, outputs, outputs, inputs);
        return linear(name, recipe, outputs, List.of(part), 1, outputs, inputs);
    }

    /** A linear layer that stays in FP32 whatever the recipe. */
    LinearWeight exactLinear(String name, int outputs, int inputs) {
        Part part = new Part(name, 0, outputs, outputs, inputs);
        return linear(name, new Fp32(), outputs, List.of(part), 1, outputs, inputs);
    }

    /**
     * Gate over up of one network: [1, 2F, D]. The two are published, and FP8-encoded, as matrices of their own.
     *
     * @param name of the fused parameter
     * @param owner prefix of the network's published names
     */
    LinearWeight gateUp(String name, String owner, int width, int hidden) {
        List<Part> parts = gateUpParts(List.of(owner), width, hidden);
        return linear(name, recipe, width, parts, 1, 2 * width, hidden);
    }

    /** The way back of one network: [1, D, F]. */
    LinearWeight down(String name, String owner, int hidden, int width) {
        List<Part> parts = downParts(List.of(owner), hidden, width);
        return linear(name, recipe, hidden, parts, 1, hidden, width);
    }

    /**
     * {@link #gateUp} of routed experts: [E, 2F, D].
     *
     * @param experts prefixes of the published names of those that this rank holds
     * @param first number of the first of them
     */
    LinearWeight expertsGateUp(String name, List<String> experts, int first, int width, int hidden) {
        Weight weight = Weight.ofSources(memory, group.gradients(), experts.size(), 2 * width, hidden);
        List<Part> parts = gateUpParts(experts, width, hidden);
        return experts(new Parameter(name, weight, parts, true, first * 2 * width), width);
    }

    /** {@link #down} of routed experts: [E, D, F]. */
    LinearWeight expertsDown(String name, List<String> experts, int first, int hidden, int width) {
        Weight weight = Weight.ofSources(memory, group.gradients(), experts.size(), hidden, width);
        List<Part> parts = downParts(experts, hidden, width);
        return experts(new Parameter(name, weight, parts, true, first * hidden), hidden);
    }

    private static List<Part> gateUpParts(List<String> owners, int width, int hidden) {
        List<Part> parts = new ArrayList<>();
        for (int e = 0; e < owners.size(); e++) {
            int gate = 2 * e * width;
            int up = gate + width;
            parts.add(new Part(owners.get(e) + ".gate_proj.weight", gate, up, width, hidden));
            parts.add(new Part(owners.get(e) + ".up_proj.weight", up, up + width, width, hidden));
        }
        return parts;
    }

    private static List<Part> downParts(List<String> owners, int hidden, int width) {
        return IntStream.range(0, owners.size())
                .mapToObj(
                        e -> new Part(owners.get(e) + ".down_proj.weight", e * hidden, (e + 1) * hidden, hidden, width))
                .toList();
    }

    private LinearWeight linear(String name, Recipe precision, int matrixRows, List<Part> parts, int... shape) {
        return encoded(new LinearWeight(name, add(name, parts, shape), precision, matrixRows));
    }

    private LinearWeight experts(Parameter parameter, int matrixRows) {
        parameters.add(parameter);
        return encoded(new LinearWeight(parameter.name(), parameter.weight(), recipe, matrixRows));
    }

    private LinearWeight encoded(LinearWeight weight) {
        linear.add(weight);
        return weight;
    }

    private Weight add(String name, List<Part> parts, int... shape) {
        Weight weight = new Weight(memory, shape);
        parameters.add(new Parameter(name, weight, parts));
        return weight;
    }

    @Override
    public void close() {
        linear.forEach(LinearWeight::close);
        parameters.forEach(parameter -> parameter.weight().close());
        buffers.forEach(buffer -> buffer.value().close());
    }
}
