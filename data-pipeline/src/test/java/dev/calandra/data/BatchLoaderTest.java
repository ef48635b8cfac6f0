package dev.calandra.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.configs.DataException;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class BatchLoaderTest {

    @Test
    void batchesFollowOneAnotherFromAnySample() {
        try (BatchLoader loader = new BatchLoader(numbers(index -> {}), 3, 16, 2)) {
            for (int first = 16; first < 60; first += 3) {
                List<PackedSequence> batch = loader.next(first);
                assertThat(batch).hasSize(3);
                for (int i = 0; i < 3; i++) {
                    assertThat(batch.get(i).tokens()).containsExactly(first + i);
                }
            }
            assertThatThrownBy(() -> loader.next(7)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void readsAheadButNotWithoutBound() throws InterruptedException {
        AtomicLong read = new AtomicLong();
        CountDownLatch third = new CountDownLatch(3);
        try (BatchLoader loader = new BatchLoader(
                numbers(index -> {
                    read.incrementAndGet();
                    third.countDown();
                }),
                1,
                0,
                2)) {
            assertThat(third.await(10, TimeUnit.SECONDS)).isTrue();
            // Two wait in the queue and one in the reader's hand.
            assertThat(read).hasValue(3);
            loader.next(0);
        }
        assertThat(read.get()).isLessThanOrEqualTo(4);
    }

    @Test
    void aFailureSurfacesAtItsBatchAndNotBefore() {
        SampleStream failing = numbers(index -> {
            if (index == 4) {
                throw new DataException("shard-000000.arrow: damaged");
            }
        });
        try (BatchLoader loader = new BatchLoader(failing, 2, 0, 4)) {
            loader.next(0);
            loader.next(2);
            assertThatThrownBy(() -> loader.next(4))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("shard-000000.arrow");
            assertThatThrownBy(() -> loader.next(4)).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void anErrorDoesNotHang() {
        SampleStream failing = numbers(index -> {
            throw new InternalError("a page could not be read");
        });
        try (BatchLoader loader = new BatchLoader(failing, 1, 0, 1)) {
            assertThatThrownBy(() -> loader.next(0))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("a page could not be read");
        }
    }

    private interface OnRead {
        void read(long index);
    }

    /** A stream whose sample n is the single token n. */
    private static SampleStream numbers(OnRead onRead) {
        return new SampleStream() {
            @Override
            public PackedSequence sample(long index) {
                onRead.read(index);
                return new PackedSequence(new int[] {(int) index}, new int[1], new boolean[1]);
            }

            @Override
            public String source(long index) {
                return "numbers";
            }

            @Override
            public String fingerprint() {
                return "numbers";
            }
        };
    }
}
