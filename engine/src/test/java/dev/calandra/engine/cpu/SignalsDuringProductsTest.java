package dev.calandra.engine.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.engine.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;
import jdk.jfr.Recording;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A profiler's signals arrive in the middle of products. Where a library does not survive that, this JVM ends here. */
@Tag("long")
class SignalsDuringProductsTest {

    private static final int M = 512;
    private static final int N = 256;
    private static final int K = 256;
    private static final Duration LONG_ENOUGH = Duration.ofSeconds(4);

    @Test
    void areHarmless() {
        Blas blas = Blas.ofThisMachine();
        try (Recording recording = new Recording();
                Arena arena = Arena.ofConfined()) {
            for (String event : new String[] {"jdk.ExecutionSample", "jdk.NativeMethodSample"}) {
                recording.enable(event).withPeriod(Duration.ofMillis(1));
            }
            recording.start();
            MemorySegment a = ones(arena, M * K);
            MemorySegment b = ones(arena, K * N);
            MemorySegment c = ones(arena, M * N);
            long end = System.nanoTime() + LONG_ENOUGH.toNanos();
            while (System.nanoTime() < end) {
                blas.multiply(M, N, K, a.address(), K, b.address(), N, 0f, c.address(), N);
                blas.transposedMultiply(M, N, K, a.address(), M, b.address(), N, 1f, c.address(), N);
                blas.gemm(DType.F32, false, true, M, N, K, a.address(), K, b.address(), K, 1f, c.address(), N);
            }
            for (int i = 0; i < M * N; i++) {
                assertThat(c.getAtIndex(ValueLayout.JAVA_FLOAT, i)).isEqualTo(3f * K);
            }
        }
    }

    private static MemorySegment ones(Arena arena, int count) {
        MemorySegment memory = arena.allocate(4L * count, 64);
        for (int i = 0; i < count; i++) {
            memory.setAtIndex(ValueLayout.JAVA_FLOAT, i, 1f);
        }
        return memory;
    }
}
