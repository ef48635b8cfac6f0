package dev.calandra.trainer.bench;

import dev.calandra.engine.DType;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.TensorMemory;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;

/** How fast threads together move bytes between main memory and main memory. */
public final class CopyBandwidth {
    /** Bytes read by one copy, far more than the caches of the machines of interest keep. */
    private static final int SIZE = 128 << 20;

    private static final int WARM_UPS = 1;
    private static final int REPETITIONS = 5;

    private CopyBandwidth() {}

    /**
     * The best of several copies, split evenly over the threads.
     *
     * @param threads at least 1
     * @return 10⁹ bytes per second, those read and those written counted both
     */
    public static double gigabytesPerSecond(int threads, TensorMemory memory) {
        try (Tensor from = memory.zeros(DType.U8, SIZE);
                Tensor to = memory.zeros(DType.U8, SIZE);
                ExecutorService pool = Executors.newFixedThreadPool(threads)) {
            long best = Long.MAX_VALUE;
            for (int i = 0; i < WARM_UPS + REPETITIONS; i++) {
                long start = System.nanoTime();
                copy(from, to, threads, pool);
                long taken = System.nanoTime() - start;
                if (i >= WARM_UPS) {
                    best = Math.min(best, taken);
                }
            }
            return 2.0 * SIZE / best;
        }
    }

    private static void copy(Tensor from, Tensor to, int threads, ExecutorService pool) {
        CompletableFuture<?>[] parts = IntStream.range(0, threads)
                .mapToObj(thread -> CompletableFuture.runAsync(
                        () -> {
                            int first = (int) ((long) SIZE * thread / threads);
                            int end = (int) ((long) SIZE * (thread + 1) / threads);
                            to.slice(first, end).copyFrom(from.slice(first, end));
                        },
                        pool))
                .toArray(CompletableFuture<?>[]::new);
        CompletableFuture.allOf(parts).join();
    }
}
