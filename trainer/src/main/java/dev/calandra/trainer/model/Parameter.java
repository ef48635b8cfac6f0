package dev.calandra.trainer.model;

import dev.calandra.checkpoints.RowRange;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.tape.Weight;
import java.util.List;

/**
 * A trained tensor, or of the experts' tensors the rows that this rank holds. Matrices that are multiplied together are one parameter (gate over up, all experts of a layer), which
 * maps to published tensors row range by row range. Rows are those of the tensor seen as a matrix, all leading axes flattened.
 *
 * @param name unique; the published name where the parameter is one published tensor
 * @param weight value and gradient
 * @param parts the published tensors, which cover all rows in order
 * @param ofExperts whether these are routed experts, which other ranks may hold more of
 * @param firstRow of the tensor of all experts; 0 otherwise
 */
public record Parameter(String name, Weight weight, List<Part> parts, boolean ofExperts, int firstRow) {

    public Parameter {
        parts = List.copyOf(parts);
    }

    /** A tensor that every rank holds. */
    public Parameter(String name, Weight weight, List<Part> parts) {
        this(name, weight, parts, false, 0);
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

    /** Rows that this rank holds; the elements of a vector are rows of one element. */
    public int rows() {
        return Math.toIntExact(value().size() / columns());
    }

    /** Length of a row. */
    public int columns() {
        return value().shape().length == 1 ? 1 : value().columns();
    }

    /** Rows of the value or the gradient, as a matrix; borrowed. */
    public Tensor rows(Tensor fused, RowRange range) {
        return fused.reshape(rows(), columns()).slice(Math.toIntExact(range.from()), Math.toIntExact(range.to()));
    }

    /** The rows of a part, within the value or the gradient; borrowed. */
    public static Tensor rows(Tensor fused, Part part) {
        int columns = fused.shape().length == 1 ? 1 : fused.columns();
        return fused.reshape((int) (fused.size() / columns), columns).slice(part.fromRow(), part.toRow());
    }
}
