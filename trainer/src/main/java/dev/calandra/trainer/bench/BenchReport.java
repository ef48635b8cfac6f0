package dev.calandra.trainer.bench;

/**
 * How fast a config trains on this machine.
 *
 * @param tokensPerSecond median over the measured steps
 * @param peakRssMib most physical memory of the process, in MiB, until the last step
 * @param sgemmGflops the machine's own rate of F32 matrix products on the same threads, in 10⁹ FLOP/s
 * @param modelFlopsShare share of that rate that the model's FLOPs reach: FLOPs per token × tokens/s ÷ rate. Attention is
 *     counted as causal and nothing is counted twice; norms, quantisation and the optimizer are not counted.
 * @param tokensPerStep tokens of one step
 * @param steps measured
 * @param secondsPerStep median
 */
public record BenchReport(
        double tokensPerSecond,
        long peakRssMib,
        double sgemmGflops,
        double modelFlopsShare,
        int tokensPerStep,
        int steps,
        double secondsPerStep) {}
