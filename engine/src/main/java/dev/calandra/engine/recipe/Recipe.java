package dev.calandra.engine.recipe;

import dev.calandra.engine.Groups;
import dev.calandra.engine.Kernels;
import dev.calandra.engine.Operand;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.TensorMemory;

/**
 * In which form the operands of a linear layer's three products are read: y = x·wᵀ, dx = dy·w, dw = dyᵀ·x.
 *
 * <p>A recipe is chosen per layer. Embeddings, output head, router, norms, the MTP projection and the attention core
 * stay in FP32 whatever the recipe of the run is (Ling 2.0, arXiv 2510.22115, 5.1; DeepSeek-V3, arXiv 2412.19437,
 * 3.3.1). Products accumulate in FP32 and give FP32. Every encoding that is returned is the caller's to close.
 */
public sealed interface Recipe permits Fp32, Bf16, Fp8Blockwise {

    /** The name in configs and logs. */
    String name();

    /** x [R, K] as read along its rows: an activation in the forward product, a gradient in the input gradient. */
    Encoded rows(Kernels kernels, TensorMemory memory, Tensor x);

    /**
     * x as read along its columns in the weight gradient.
     *
     * @param x F32 [R, K], or gathered and scaled rows of one
     * @param rows what {@link #rows} gave for x, or for the source of the gathered rows, which a recipe that reads both
     *     ways from one copy shares; null where that is gone
     */
    Encoded columns(Kernels kernels, TensorMemory memory, Operand x, Encoded rows, Groups groups);

    /**
     * A weight, for the forward product and the input gradient.
     *
     * @param matrixRows rows of one of the matrices that the weight is a stack of
     */
    Encoded weight(Kernels kernels, TensorMemory memory, Tensor w, int matrixRows);
}
