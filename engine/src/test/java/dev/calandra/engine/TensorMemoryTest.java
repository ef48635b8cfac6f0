package dev.calandra.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TensorMemoryTest {

    @Test
    void closedBlocksAreHandedOutAgain() {
        try (TensorMemory memory = new TensorMemory()) {
            Tensor first = memory.allocate(DType.F32, 1000);
            long address = first.address();
            first.close();
            try (Tensor second = memory.allocate(DType.F32, 10, 100)) {
                assertThat(second.address()).isEqualTo(address);
            }
        }
    }

    @Test
    void onlyAFreshBlockIsTakenFromTheSystem() {
        try (TensorMemory memory = new TensorMemory()) {
            memory.allocate(DType.F32, 1024).close();
            assertThat(memory.reservedBytes()).isEqualTo(4096);
            try (Tensor again = memory.allocate(DType.F32, 1024);
                    Tensor fresh = memory.allocate(DType.F32, 1024)) {
                assertThat(again.address()).isNotEqualTo(fresh.address());
                assertThat(memory.reservedBytes()).isEqualTo(2 * 4096);
            }
            assertThat(memory.reservedBytes()).isEqualTo(2 * 4096);
        }
    }

    @Test
    void aSmallRequestDoesNotTakeALargeBlock() {
        try (TensorMemory memory = new TensorMemory()) {
            Tensor large = memory.allocate(DType.F32, 100_000);
            long address = large.address();
            large.close();
            try (Tensor small = memory.allocate(DType.F32, 100)) {
                assertThat(small.address()).isNotEqualTo(address);
            }
        }
    }

    @Test
    void zerosAreZeroEvenInAUsedBlock() {
        try (TensorMemory memory = new TensorMemory()) {
            try (Tensor used = memory.allocate(DType.F32, 33)) {
                used.segment().fill((byte) 0x55);
            }
            try (Tensor zeros = memory.zeros(DType.F32, 33)) {
                assertThat(zeros.toFloats()).containsOnly(0f);
            }
        }
    }

    @Test
    void blocksAreAlignedForVectors() {
        try (TensorMemory memory = new TensorMemory();
                Tensor odd = memory.allocate(DType.U8, 3);
                Tensor next = memory.allocate(DType.U8, 5000)) {
            assertThat(odd.address() % 64).isZero();
            assertThat(next.address() % 64).isZero();
        }
    }

    @Test
    void countsLiveAndPeakBytes() {
        try (TensorMemory memory = new TensorMemory()) {
            Tensor tensor = memory.allocate(DType.F64, 1024);
            assertThat(memory.liveBytes()).isEqualTo(8192);
            tensor.close();
            assertThat(memory.liveBytes()).isZero();
            assertThat(memory.peakBytes()).isEqualTo(8192);
        }
    }

    @Test
    void closeNamesTheAllocationSiteOfALeak() {
        TensorMemory memory = new TensorMemory(true);
        Tensor leaked = memory.allocate(DType.F32, 64);
        assertThatIllegalStateException()
                .isThrownBy(memory::close)
                .withMessage("leak: 1 tensors, 256 bytes were never closed")
                .havingCause()
                .satisfies(site -> assertThat(site.getStackTrace())
                        .anyMatch(frame -> frame.getMethodName().equals("closeNamesTheAllocationSiteOfALeak")));
        assertThatIllegalStateException().isThrownBy(leaked::segment);
    }

    @Test
    void aClosedMemoryAllocatesNothingAndClosesQuietlyAgain() {
        TensorMemory memory = new TensorMemory();
        memory.close();
        memory.close();
        assertThatIllegalStateException().isThrownBy(() -> memory.allocate(DType.F32, 1));
    }

    @Test
    void servesManyThreads() {
        try (TensorMemory memory = new TensorMemory()) {
            IntStream.range(0, 400).parallel().forEach(i -> {
                try (Tensor tensor = memory.allocate(DType.I32, 50 + i % 7)) {
                    IntStream.range(0, (int) tensor.size()).forEach(j -> tensor.setInt(j, i));
                    assertThat(tensor.toInts()).containsOnly(i);
                }
            });
            assertThat(memory.liveBytes()).isZero();
        }
    }
}
