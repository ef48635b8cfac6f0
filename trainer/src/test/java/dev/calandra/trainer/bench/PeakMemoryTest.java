package dev.calandra.trainer.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class PeakMemoryTest {

    @Test
    @EnabledOnOs(OS.LINUX)
    void thePeakIsAtLeastTheHeapInUse() {
        Runtime runtime = Runtime.getRuntime();
        long heapMebibytes = (runtime.totalMemory() - runtime.freeMemory()) >> 20;

        assertThat(PeakMemory.mebibytes().orElseThrow()).isGreaterThanOrEqualTo(heapMebibytes);
    }
}
