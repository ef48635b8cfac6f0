package dev.calandra.engine.tape;

import dev.calandra.engine.DType;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.TensorMemory;

/**
 * A trained tensor and the sum of its gradients, both F32. The gradient takes no memory until it is first asked for.
 */
public final class Weight implements AutoCloseable {

    private final TensorMemory memory;
    private final Tensor value;
    private Tensor gradient;

    /** A weight of zeros. */
    public Weight(TensorMemory memory, int... shape) {
        this.memory = memory;
        this.value = memory.zeros(DType.F32, shape);
    }

    public Tensor value() {
        return value;
    }

    /** Sum of the gradients since it was last cleared by its reader; zeros at first. Borrowed, the same every time. */
    public Tensor gradient() {
        if (gradient == null) {
            gradient = memory.zeros(DType.F32, value.shape());
        }
        return gradient;
    }

    @Override
    public void close() {
        value.close();
        if (gradient != null) {
            gradient.close();
        }
    }
}
