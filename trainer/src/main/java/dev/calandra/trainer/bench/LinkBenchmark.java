package dev.calandra.trainer.bench;

import dev.calandra.engine.DType;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.TensorMemory;
import dev.calandra.engine.collective.Communicator;
import dev.calandra.engine.collective.LocalCommunicator;
import java.util.Arrays;

/** What it costs the ranks of a group to send: a sum of which each keeps its part, then all parts handed out, as in a step. */
public final class LinkBenchmark {
    private static final int SMALL = 1 << 8;
    private static final int LARGE = 1 << 22;
    private static final int WARM_UPS = 20;
    private static final int REPETITIONS = 11;

    private LinkBenchmark() {}

    /**
     * The two constants of a collective's cost: its n - 1 messages take latency each, and the bytes that a rank sends go at a rate.
     *
     * @param latency seconds
     * @param bytesPerSecond of one rank
     */
    public record Cost(double latency, double bytesPerSecond) {}

    /**
     * Measures ranks that are threads of this process.
     *
     * @param ranks at least 2
     */
    public static Cost local(int ranks) {
        return LocalCommunicator.run(ranks, LinkBenchmark::measure).getFirst();
    }

    /** Measures a group of at least two ranks; collective. */
    static Cost measure(Communicator ranks) {
        try (TensorMemory memory = new TensorMemory(false)) {
            double small = seconds(ranks, memory, SMALL);
            double large = seconds(ranks, memory, LARGE);
            int others = ranks.size() - 1;
            double bytes = (double) Float.BYTES * (LARGE - SMALL) * others / ranks.size();
            return new Cost(small / others, bytes / Math.max(large - small, 1e-9));
        }
    }

    /** Median of the mean of both collectives, of so many elements. */
    private static double seconds(Communicator ranks, TensorMemory memory, int elements) {
        long[] counts = new long[ranks.size()];
        Arrays.fill(counts, elements / ranks.size());
        counts[0] += elements % ranks.size();
        try (Tensor all = memory.zeros(DType.F32, elements);
                Tensor own = memory.zeros(DType.F32, Math.toIntExact(counts[ranks.rank()]))) {
            long[] nanos = new long[REPETITIONS];
            for (int i = -WARM_UPS; i < REPETITIONS; i++) {
                ranks.barrier();
                long start = System.nanoTime();
                ranks.reduceScatter(all, counts, own);
                ranks.allGather(own, counts, all);
                if (i >= 0) {
                    nanos[i] = System.nanoTime() - start;
                }
            }
            Arrays.sort(nanos);
            return nanos[REPETITIONS / 2] / 2e9;
        }
    }
}
