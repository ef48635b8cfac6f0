package dev.calandra.trainer.model;

import dev.calandra.engine.Tensor;
import dev.calandra.engine.tape.Weight;
import java.util.List;

/**
 * A trained tensor. Matrices that are multiplied together are one parameter (gate over up, all experts of a layer), which
 * maps to published tensors row range by row range.
 *
 * @param name unique; the published name where the parameter is one published tensor
 * @param weight value and gradient
 * @param parts the published tensors, which cover all rows in order
 */
public record Parameter(String name, Weight weight, List<Part> parts) {

    public Parameter {
        parts = List.copyOf(parts);
    }

    /** F32; borrowed. After overwriting values, call {@link LingModel#weightsChanged}. */
    public Tensor value() {
        return weight.value();
    }

    /** F32 of the value's shape: sum of all gradients since it was cleared; borrowed. */
    public Tensor gradient() {
        return weight.gradient();
    }

    /** Whether weight decay applies: to tensors of two axes or more, so not to norms. */
    public boolean decayed() {
        return value().shape().length >= 2;
    }

    /** The rows of a part, within the value or the gradient; borrowed. */
    public static Tensor rows(Tensor fused, Part part) {
        int columns = fused.shape().length == 1 ? 1 : fused.columns();
        return fused.reshape((int) (fused.size() / columns), columns).slice(part.fromRow(), part.toRow());
    }
}
