package dev.calandra.trainer.bench;

import dev.calandra.engine.DType;
import dev.calandra.engine.Fp8Tensor;
import dev.calandra.engine.Groups;
import dev.calandra.engine.Kernels;
import dev.calandra.engine.Operand;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.TensorMemory;
import dev.calandra.engine.fp8.Fp8Format;

/**
 * The machine's own rates of matrix products, through the kernels that a run would use; 10⁹ floating-point operations per
 * second, a multiplication and an addition counted as two.
 *
 * @param f32 of F32 matrices, "sgemm"
 * @param fp8 of matrices in FP8 that are encoded already
 */
public record ProductRates(double f32, double fp8) {
    /** Large enough that the product, not its start, is measured; small enough for a fraction of a second. */
    private static final int SIZE = 1024;

    private static final int WARM_UPS = 2;
    private static final int REPETITIONS = 8;

    /** The best of several 1024 × 1024 × 1024 products each: what the machine can do when nothing else disturbs it. */
    public static ProductRates measure(Kernels kernels, TensorMemory memory) {
        try (Tensor xRK = memory.zeros(DType.F32, SIZE, SIZE);
                Tensor wENK = memory.zeros(DType.F32, 1, SIZE, SIZE);
                Fp8Tensor encodedX = Fp8Tensor.rowTiles(memory, Fp8Format.E4M3, SIZE, SIZE);
                Fp8Tensor encodedW = Fp8Tensor.blocks(memory, Fp8Format.E4M3, SIZE, SIZE, SIZE);
                Tensor yRN = memory.zeros(DType.F32, SIZE, SIZE);
                Tensor offsets = memory.allocate(DType.I32, 2)) {
            offsets.copyFrom(new int[] {0, SIZE});
            Groups groups = new Groups(offsets);
            kernels.quantiseRows(xRK, encodedX);
            kernels.quantiseBlocks(wENK, encodedW);
            return new ProductRates(
                    best(kernels, xRK, wENK, groups, yRN), best(kernels, encodedX, encodedW, groups, yRN));
        }
    }

    private static double best(Kernels kernels, Operand x, Operand w, Groups groups, Tensor y) {
        long best = Long.MAX_VALUE;
        for (int i = 0; i < WARM_UPS + REPETITIONS; i++) {
            long start = System.nanoTime();
            kernels.linear(x, w, groups, y);
            long taken = System.nanoTime() - start;
            if (i >= WARM_UPS) {
                best = Math.min(best, taken);
            }
        }
        return 2.0 * SIZE * SIZE * SIZE / best;
    }

    /** The better of each of two measurements. */
    ProductRates best(ProductRates other) {
        return new ProductRates(Math.max(f32, other.f32), Math.max(fp8, other.fp8));
    }
}
