package dev.calandra.engine.recipe;

import dev.calandra.engine.Fp8Tensor;
import dev.calandra.engine.Groups;
import dev.calandra.engine.Kernels;
import dev.calandra.engine.Operand;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.TensorMemory;
import dev.calandra.engine.fp8.Fp8Format;

/**
 * Activations and gradients in 1x128 tiles, weights in 128x128 blocks (Ling 2.0, arXiv 2510.22115, 5.1; DeepSeek-V3,
 * arXiv 2412.19437, 3.3).
 *
 * <p>The forward product and the input gradient read tiles along the features. The weight gradient sums over tokens, so
 * its operands are encoded a second time, in tiles along the tokens, from the high-precision values: encoding row tiles
 * again would round twice. Of an activation only these column tiles are kept for the backward pass, one byte a value.
 *
 * @param format E4M3 as published, in the backward pass too: with scales this fine, precision is scarcer than range
 */
public record Fp8Blockwise(Fp8Format format) implements Recipe {

    @Override
    public String name() {
        return "fp8_blockwise";
    }

    @Override
    public Encoded rows(Kernels kernels, TensorMemory memory, Tensor x) {
        try (Fp8Tensor codes = Fp8Tensor.rowTiles(memory, format, x.rows(), x.columns())) {
            kernels.quantiseRows(x, codes);
            return Encoded.sharing(codes);
        }
    }

    @Override
    public Encoded columns(Kernels kernels, TensorMemory memory, Operand x, Encoded rows, Groups groups) {
        try (Fp8Tensor codes = Fp8Tensor.columnTiles(memory, format, x.rows(), x.columns(), groups.count())) {
            kernels.quantiseColumns(x, groups, codes);
            return Encoded.sharing(codes);
        }
    }

    @Override
    public Encoded weight(Kernels kernels, TensorMemory memory, Tensor w, int matrixRows) {
        try (Fp8Tensor codes = blocks(memory, w, matrixRows)) {
            kernels.quantiseBlocks(w, codes);
            return Encoded.sharing(codes);
        }
    }

    /** Room for the encoding of a weight; the caller's to close. */
    public Fp8Tensor blocks(TensorMemory memory, Tensor w, int matrixRows) {
        return Fp8Tensor.blocks(memory, format, w.rows(), w.columns(), matrixRows);
    }
}
