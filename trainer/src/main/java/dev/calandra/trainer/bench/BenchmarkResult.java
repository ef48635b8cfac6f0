package dev.calandra.trainer.bench;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The speed of a config on this machine.
 *
 * @param tokensPerSecond of the median step, all ranks together
 * @param peakRssMiB most memory that a rank's process has held so far, in MiB; empty where the system does not say
 * @param rates of products, of all ranks together
 * @param modelFlopsShare the model's floating-point operations per second ({@link
 *     dev.calandra.laws.ModelCost#modelTrainingFlops}) as a share of the rate of F32 products
 * @param kernels what computed
 * @param ranks that trained together
 * @param carrier what carried the bytes between them
 * @param collectives of this rank in the measured steps, the longest time first; empty for a single rank
 * @param link what a message between two of the ranks costs; empty for a single rank
 */
public record BenchmarkResult(
        double tokensPerSecond,
        OptionalLong peakRssMiB,
        ProductRates rates,
        double modelFlopsShare,
        String kernels,
        int ranks,
        String carrier,
        List<CollectiveFigures> collectives,
        Optional<LinkBenchmark.Cost> link) {

    public BenchmarkResult {
        collectives = List.copyOf(collectives);
    }
}
