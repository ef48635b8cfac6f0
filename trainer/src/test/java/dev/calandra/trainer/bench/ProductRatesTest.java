package dev.calandra.trainer.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.engine.TensorMemory;
import dev.calandra.engine.cpu.CpuKernels;
import org.junit.jupiter.api.Test;

class ProductRatesTest {

    @Test
    void theRatesAreThoseOfARealMachineAndNothingLeaks() {
        try (CpuKernels kernels = new CpuKernels(1);
                TensorMemory memory = new TensorMemory()) {
            // The slowest machine of interest does more than one, the fastest core far less than ten thousand.
            ProductRates rates = ProductRates.measure(kernels, memory);
            assertThat(rates.f32()).isBetween(1.0, 10_000.0);
            assertThat(rates.fp8()).isBetween(1.0, 10_000.0);
            assertThat(memory.liveBytes()).isZero();
        }
    }
}
