package dev.calandra.engine.tape;

import dev.calandra.engine.DType;
import dev.calandra.engine.Kernels;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.TensorMemory;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A value of the forward pass and, on the way back, its gradient.
 *
 * <p>Closing a variable says that the forward pass needs its value no more. The operations that need the value on the
 * way back hold handles of their own, so that the memory of everything else is free at once. The gradient is a matter
 * between the operations and outlives the closing.
 */
public final class Variable implements AutoCloseable {

    private final Kernels kernels;
    private final TensorMemory memory;
    private final Tensor value;
    private final int[] shape;
    private Tensor gradient;
    private Supplier<Tensor> recomputation;
    private Tensor recomputed;

    /** Takes over the value. */
    Variable(Kernels kernels, TensorMemory memory, Tensor value) {
        this.kernels = kernels;
        this.memory = memory;
        this.value = value.require(DType.F32);
        this.shape = value.shape();
    }

    /** The value, F32; borrowed. */
    public Tensor value() {
        return value;
    }

    /**
     * Adds a gradient and takes it over. The first one is adopted as it is; a later one is added in place where nobody
     * else reads the sum so far.
     */
    public void addGradient(Tensor contribution) {
        contribution.require(DType.F32, shape);
        if (gradient == null) {
            gradient = contribution;
            return;
        }
        try (Tensor earlier = gradient;
                Tensor later = contribution) {
            gradient = null;
            Tensor sum = earlier.exclusive() ? earlier : later.exclusive() ? later : null;
            try (Tensor fresh = sum == null ? memory.allocate(DType.F32, shape) : sum.share()) {
                kernels.add(earlier, later, fresh);
                gradient = fresh.share();
            }
        }
    }

    /** Adds the gradient that the given kernel call writes into the tensor it is handed. */
    void addGradient(Consumer<Tensor> write) {
        try (Tensor contribution = memory.allocate(DType.F32, shape)) {
            write.accept(contribution);
            addGradient(contribution.share());
        }
    }

    boolean hasGradient() {
        return gradient != null;
    }

    /**
     * Gives the gradient to the caller, who closes it.
     *
     * @return null if none has come
     */
    public Tensor takeGradient() {
        Tensor taken = gradient;
        gradient = null;
        return taken;
    }

    /**
     * Where a kernel may write or add its contribution by itself, instead of handing over a tensor of its own.
     *
     * @param tensor borrowed
     * @param accumulate whether there is something in the tensor to add to
     */
    record GradientTarget(Tensor tensor, boolean accumulate) {}

    /** The place for one contribution, which the caller must write before anything else touches this variable. */
    GradientTarget gradientTarget() {
        if (gradient == null) {
            gradient = memory.allocate(DType.F32, shape);
            return new GradientTarget(gradient, false);
        }
        if (!gradient.exclusive()) {
            Tensor copy = memory.allocate(DType.F32, shape);
            try (Tensor shared = gradient) {
                copy.copyFrom(shared);
            }
            gradient = copy;
        }
        return new GradientTarget(gradient, true);
    }

    /**
     * Says how the value can be had again on the way back, so that operations which read it need not keep it.
     *
     * @param computation the value bit for bit, the caller's to close
     */
    void recomputable(Supplier<Tensor> computation) {
        recomputation = computation;
    }

    boolean isRecomputable() {
        return recomputation != null;
    }

    /** The value, computed again at the first call; borrowed until {@link #freeRecomputed}. */
    Tensor recomputed() {
        if (recomputed == null) {
            recomputed = recomputation.get();
        }
        return recomputed;
    }

    void freeRecomputed() {
        if (recomputed != null) {
            recomputed.close();
            recomputed = null;
        }
    }

    /** Gives up the value; the gradient stays. */
    @Override
    public void close() {
        value.close();
    }

    void freeGradient() {
        if (gradient != null) {
            takeGradient().close();
        }
    }
}
