package dev.calandra.trainer.model;

import dev.calandra.configs.ModelConfig;
import dev.calandra.engine.DType;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.TensorMemory;
import java.util.ArrayList;
import java.util.List;

/** Keys and values of the tokens that one sequence consists of so far, for every layer. */
public final class KeyValueCache implements AutoCloseable {

    private final List<Tensor> keys = new ArrayList<>();
    private final List<Tensor> values = new ArrayList<>();
    private final int capacity;
    private int length;

    KeyValueCache(TensorMemory memory, ModelConfig config, int capacity) {
        this.capacity = capacity;
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
            keys.add(memory.allocate(DType.F32, 1, config.numKeyValueHeads(), capacity, config.headDim()));
            values.add(memory.allocate(DType.F32, 1, config.numKeyValueHeads(), capacity, config.headDim()));
        }
    }

    /** Tokens for which there is room. */
    public int capacity() {
        return capacity;
    }

    /** Tokens that have been seen. */
    public int length() {
        return length;
    }

    /** [1, G, capacity, C]; borrowed. */
    Tensor keys(int layer) {
        return keys.get(layer);
    }

    /** [1, G, capacity, C]; borrowed. */
    Tensor values(int layer) {
        return values.get(layer);
    }

    void advance(int tokens) {
        length += tokens;
    }

    @Override
    public void close() {
        keys.forEach(Tensor::close);
        values.forEach(Tensor::close);
    }
}
