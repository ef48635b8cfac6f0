package dev.calandra.trainer;

import dev.calandra.configs.RunConfig;
import dev.calandra.engine.Kernels;
import dev.calandra.engine.TensorMemory;
import dev.calandra.engine.cpu.CpuKernels;
import dev.calandra.engine.nd4j.Nd4jKernels;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What tensors are computed with and where they live, picked from a config.
 *
 * @param threads that work together
 */
public record Machine(Kernels kernels, TensorMemory memory, int threads) implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Machine.class);

    /** {@link #of(RunConfig, int)} of a process that has its machine to itself. */
    public static Machine of(RunConfig run) {
        return of(run, 1);
    }

    /**
     * Picks kernels and number of threads, and logs which and why.
     *
     * @param neighbours ranks that share this machine, this one included
     */
    public static Machine of(RunConfig run, int neighbours) {
        int cores = Runtime.getRuntime().availableProcessors();
        int threads = run.threads() > 0 ? run.threads() : Math.max(1, cores / neighbours);
        Kernels kernels = switch (run.kernels()) {
            case CPU -> new CpuKernels(threads);
            case ND4J -> new Nd4jKernels();
        };
        switch (run.kernels()) {
            case CPU -> LOG.info("Kernels: {} (run.kernels: cpu)", kernels.name());
            case ND4J ->
                LOG.warn(
                        "Kernels: {} (run.kernels: nd4j): the reference, far slower than --set run.kernels=cpu",
                        kernels.name());
        }
        return new Machine(kernels, new TensorMemory(), threads);
    }

    /** Fails if a tensor was not closed. */
    @Override
    public void close() {
        try (kernels) {
            memory.close();
        }
    }
}
