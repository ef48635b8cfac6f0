package dev.calandra.engine.recipe;

import dev.calandra.engine.DType;
import dev.calandra.engine.GatheredRows;
import dev.calandra.engine.Groups;
import dev.calandra.engine.Kernels;
import dev.calandra.engine.Operand;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.TensorMemory;

/**
 * Every operand is rounded to BF16 once, and that copy is read along rows and along columns. A routing weight that
 * scales gathered rows is applied to the rounded values in F32.
 */
public record Bf16() implements Recipe {

    @Override
    public String name() {
        return "bf16";
    }

    @Override
    public Encoded rows(Kernels kernels, TensorMemory memory, Tensor x) {
        try (Tensor rounded = memory.allocate(DType.BF16, x.shape())) {
            kernels.cast(x, rounded);
            return Encoded.sharing(rounded);
        }
    }

    @Override
    public Encoded columns(Kernels kernels, TensorMemory memory, Operand x, Encoded rows, Groups groups) {
        Tensor source = (Tensor) (x instanceof GatheredRows gathered ? gathered.source() : x);
        try (Encoded rounded = rows == null ? rows(kernels, memory, source) : rows.share()) {
            return x instanceof GatheredRows gathered
                    ? Encoded.sharing(new GatheredRows(rounded.operand(), gathered.index(), gathered.scale()))
                    : rounded.share();
        }
    }

    @Override
    public Encoded weight(Kernels kernels, TensorMemory memory, Tensor w, int matrixRows) {
        return rows(kernels, memory, w);
    }
}
