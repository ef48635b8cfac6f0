package dev.calandra.trainer.bench;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.engine.TensorMemory;
import org.junit.jupiter.api.Test;

class CopyBandwidthTest {

    @Test
    void anyNumberOfThreadsWillDoAndNothingLeaks() {
        try (TensorMemory memory = new TensorMemory()) {
            assertThat(CopyBandwidth.gigabytesPerSecond(3, memory)).isPositive().isFinite();
            assertThat(memory.liveBytes()).isZero();
        }
    }
}
