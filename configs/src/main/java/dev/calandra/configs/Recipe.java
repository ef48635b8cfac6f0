package dev.calandra.configs;

/** Number formats of the matrix products; embeddings, head, router, norms and the attention core are never FP8. */
public enum Recipe {
    /**
     * E4M3 with power-of-two scales: activations and gradients in 1×128 tiles, weights in 128×128 blocks (Ling 2.0
     * report, 5.1).
     */
    FP8_BLOCKWISE,
    /** Operands rounded to BF16, sums in FP32. */
    BF16,
    /** Everything in FP32. */
    FP32
}
