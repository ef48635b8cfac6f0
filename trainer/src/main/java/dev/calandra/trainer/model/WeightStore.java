package dev.calandra.trainer.model;

import dev.calandra.engine.DType;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.TensorMemory;
import dev.calandra.engine.recipe.Fp32;
import dev.calandra.engine.recipe.Recipe;
import dev.calandra.engine.tape.LinearWeight;
import dev.calandra.engine.tape.Weight;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Makes and owns a model's weights, and knows the published name of every row. */
final class WeightStore implements AutoCloseable {

    private final TensorMemory memory;
    private final Recipe recipe;
    private final List<Parameter> parameters = new ArrayList<>();
    private final List<Buffer> buffers = new ArrayList<>();
    private final List<LinearWeight> linear = new ArrayList<>();

    WeightStore(TensorMemory memory, Recipe recipe) {
        this.memory = memory;
        this.recipe = recipe;
    }

    List<Parameter> parameters() {
        return List.copyOf(parameters);
    }

    List<Buffer> buffers() {
        return List.copyOf(buffers);
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
     * Gate over up, of one network or of every expert: [E, 2F, D]. The two are published, and FP8-encoded, as matrices of
     * their own.
     *
     * @param names of the fused parameter
     * @param owners prefix of each network's published names
     */
    LinearWeight gateUp(String name, List<String> owners, int width, int hidden) {
        List<Part> parts = new ArrayList<>();
        for (int e = 0; e < owners.size(); e++) {
            int gate = 2 * e * width;
            int up = gate + width;
            parts.add(new Part(owners.get(e) + ".gate_proj.weight", gate, up, width, hidden));
            parts.add(new Part(owners.get(e) + ".up_proj.weight", up, up + width, width, hidden));
        }
        return linear(name, recipe, width, parts, owners.size(), 2 * width, hidden);
    }

    /** The way back of one network, or of every expert: [E, D, F]. */
    LinearWeight down(String name, List<String> owners, int hidden, int width) {
        List<Part> parts = IntStream.range(0, owners.size())
                .mapToObj(
                        e -> new Part(owners.get(e) + ".down_proj.weight", e * hidden, (e + 1) * hidden, hidden, width))
                .toList();
        return linear(name, recipe, hidden, parts, owners.size(), hidden, width);
    }

    private LinearWeight linear(String name, Recipe precision, int matrixRows, List<Part> parts, int... shape) {
        LinearWeight weight = new LinearWeight(name, add(name, parts, shape), precision, matrixRows);
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
