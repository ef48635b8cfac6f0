package dev.calandra.engine.tape;

import dev.calandra.engine.DType;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.TensorMemory;

/**
 * A trained tensor and the sum of its gradients, both F32; or several sums, of sources that are kept apart. Gradients take no
 * memory until they are first asked for.
 */
public final class Weight implements AutoCloseable {

    private final TensorMemory memory;
    private final int sources;
    private final Tensor value;
    private Tensor gradients;

    /** A weight of zeros. */
    public Weight(TensorMemory memory, int... shape) {
        this(memory, 1, shape);
    }

    private Weight(TensorMemory memory, int sources, int[] shape) {
        this.memory = memory;
        this.sources = sources;
        this.value = memory.zeros(DType.F32, shape);
    }

    /** A weight of zeros with as many sums of gradients as there are sources, see {@link ExpertGroup.Sources}. */
    public static Weight ofSources(TensorMemory memory, int sources, int... shape) {
        return new Weight(memory, sources, shape);
    }

    public Tensor value() {
        return value;
    }

    /** Sum of the gradients since it was last cleared by its reader, of the first source; zeros at first. Borrowed. */
    public Tensor gradient() {
        return gradient(0);
    }

    /** The same of another source. */
    public Tensor gradient(int source) {
        return gradients().slice(source * value.dim(0), (source + 1) * value.dim(0));
    }

    /** All sources' sums, one behind the other along the first axis; borrowed, until they are exchanged. */
    public Tensor gradients() {
        if (gradients == null) {
            gradients = memory.zeros(DType.F32, gradientsShape());
        }
        return gradients;
    }

    /** Sums of gradients. */
    public int sources() {
        return sources;
    }

    private int[] gradientsShape() {
        int[] shape = value.shape();
        shape[0] *= sources;
        return shape;
    }

    /**
     * Gives {@link #gradients} to the caller, who closes them, and goes on with others.
     *
     * @param others of the same shape; taken over
     */
    public Tensor exchangeGradients(Tensor others) {
        others.require(DType.F32, gradientsShape());
        Tensor before = gradients();
        gradients = others;
        return before;
    }

    @Override
    public void close() {
        value.close();
        if (gradients != null) {
            gradients.close();
        }
    }
}
