package dev.calandra.trainer.bench;

import java.util.OptionalLong;

/**
 * The speed of a config on this machine.
 *
 * @param tokensPerSecond of the median step
 * @param peakRssMiB most memory that the process has held so far, in MiB; empty where the system does not say
 * @param sgemmGflops the machine's own rate of products, 10⁹ floating-point operations per second
 * @param modelFlopsShare the model's floating-point operations per second ({@link
 *     dev.calandra.laws.ModelCost#modelTrainingFlops}) as a share of that rate
 * @param kernels what computed
 */
public record BenchmarkResult(
        double tokensPerSecond, OptionalLong peakRssMiB, double sgemmGflops, double modelFlopsShare, String kernels) {}
