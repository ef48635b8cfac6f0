package dev.calandra.trainer.bench;

import dev.calandra.engine.DType;
import dev.calandra.engine.Groups;
import dev.calandra.engine.Kernels;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.TensorMemory;

/** The machine's own rate of single-precision matrix products, through the kernels that a run would use. */
public final class SgemmRate {
    /** Large enough that the product, not its start, is measured; small enough for a fraction of a second. */
    private static final int SIZE = 1024;

    private static final int WARM_UPS = 2;
    private static final int REPETITIONS = 8;

    private SgemmRate() {}

    /**
     * The best of several 1024 × 1024 × 1024 products: what the machine can do when nothing else disturbs it.
     *
     * @return 10⁹ floating-point operations per second, a multiplication and an addition counted as two
     */
    public static double gigaflops(Kernels kernels, TensorMemory memory) {
        try (Tensor xRK = memory.zeros(DType.F32, SIZE, SIZE);
                Tensor wENK = memory.zeros(DType.F32, 1, SIZE, SIZE);
                Tensor yRN = memory.zeros(DType.F32, SIZE, SIZE);
                Tensor offsets = memory.allocate(DType.I32, 2)) {
            offsets.copyFrom(new int[] {0, SIZE});
            Groups groups = new Groups(offsets);
            long best = Long.MAX_VALUE;
            for (int i = 0; i < WARM_UPS + REPETITIONS; i++) {
                long start = System.nanoTime();
                kernels.linear(xRK, wENK, groups, yRN);
                long taken = System.nanoTime() - start;
                if (i >= WARM_UPS) {
                    best = Math.min(best, taken);
                }
            }
            return 2.0 * SIZE * SIZE * SIZE / best;
        }
    }
}
