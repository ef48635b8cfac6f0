package dev.calandra.engine.recipe;

import dev.calandra.engine.Groups;
import dev.calandra.engine.Kernels;
import dev.calandra.engine.Operand;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.TensorMemory;

/** Every operand is the F32 tensor itself; nothing is copied. */
public record Fp32() implements Recipe {

    @Override
    public String name() {
        return "fp32";
    }

    @Override
    public Encoded rows(Kernels kernels, TensorMemory memory, Tensor x) {
        return Encoded.sharing(x);
    }

    @Override
    public Encoded columns(Kernels kernels, TensorMemory memory, Operand x, Encoded rows, Groups groups) {
        return Encoded.sharing(x);
    }

    @Override
    public Encoded weight(Kernels kernels, TensorMemory memory, Tensor w, int matrixRows) {
        return Encoded.sharing(w);
    }
}
