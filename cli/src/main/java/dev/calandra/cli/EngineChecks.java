package dev.calandra.cli;

import dev.calandra.engine.TensorMemory;
import dev.calandra.engine.cpu.CpuKernels;
import dev.calandra.engine.nd4j.Nd4jBackend;
import dev.calandra.trainer.bench.ProductRates;
import java.util.List;

/** What the doctor looks at by loading the native libraries and computing a little. */
final class EngineChecks {
    /** Below this the machine has no fused multiply-add on vectors, or is busy with something else. */
    private static final double SLOW_GIGAFLOPS_PER_CORE = 8;

    private EngineChecks() {}

    /** @param cores threads to measure with */
    static List<Finding> all(int cores) {
        return List.of(backend(), kernels(), productRate(cores));
    }

    private static Finding backend() {
        try {
            Nd4jBackend backend = Nd4jBackend.load();
            return Finding.ok("ND4J", backend.artifact() + ", " + backend.name() + ", BLAS " + backend.blas());
        } catch (IllegalStateException e) {
            return new Finding(
                    "ND4J",
                    e.getMessage() + " (" + e.getCause() + ")",
                    "Calandra needs the nd4j-native library of this platform; build again on this machine");
        }
    }

    private static Finding kernels() {
        try (CpuKernels kernels = new CpuKernels(1)) {
            return Finding.ok("kernels", kernels.name());
        }
    }

    private static Finding productRate(int cores) {
        try (CpuKernels kernels = new CpuKernels(cores);
                TensorMemory memory = new TensorMemory()) {
            ProductRates rates = ProductRates.measure(kernels, memory);
            return Finding.check(
                    "sgemm",
                    "%.0f GFLOP/s on %d threads, %.0f for FP8".formatted(rates.f32(), cores, rates.fp8()),
                    rates.f32() < SLOW_GIGAFLOPS_PER_CORE * cores,
                    "slow for this many cores: is the machine busy, or without AVX2?");
        }
    }
}
