package dev.calandra.data;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WindowOrderTest {

    @Test
    void everyEpochServesEveryWindowOnce() {
        for (long windows : new long[] {1, 2, 7, 63, 64, 65, 127, 128, 129, 500}) {
            for (long group : new long[] {1, 2, 10, 64, 1000}) {
                WindowOrder order = new WindowOrder(windows, group, 5);
                for (long epoch = 0; epoch < 3; epoch++) {
                    Set<Long> served = new HashSet<>();
                    for (long place = 0; place < windows; place++) {
                        served.add(order.window(epoch, place));
                    }
                    assertThat(served)
                            .as("%d windows in groups of %d, epoch %d", windows, group, epoch)
                            .hasSize((int) windows)
                            .allMatch(window -> window >= 0 && window < windows);
                }
            }
        }
    }

    @Test
    void aStretchOfTheOrderStaysInFewGroups() {
        WindowOrder order = new WindowOrder(1_000_000_000_007L, 1 << 16, 9);
        for (long start : new long[] {0, 123_456_789_012L, 999_999_000_000L}) {
            Set<Long> groups = new HashSet<>();
            for (long place = start; place < start + (1 << 16); place += 64) {
                groups.add(order.window(1, place) >> 16);
            }
            assertThat(groups).hasSizeLessThanOrEqualTo(3);
        }
    }

    @Test
    void epochsDiffer() {
        WindowOrder order = new WindowOrder(1000, 100, 9);
        int same = 0;
        for (long place = 0; place < 1000; place++) {
            same += order.window(0, place) == order.window(1, place) ? 1 : 0;
        }
        assertThat(same).isLessThan(50);
    }
}
