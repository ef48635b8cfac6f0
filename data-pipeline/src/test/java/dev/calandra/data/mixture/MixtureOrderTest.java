package dev.calandra.data.mixture;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class MixtureOrderTest {
    private static final MixtureSchedule SCHEDULE = Schedules.of(
            new boolean[] {false, true, true, true},
            new double[] {1, 3, 1, 0.01},
            new double[] {0, 3000},
            new double[] {0.32, 0.46});

    @Test
    void everySourceGivesItsWindowsWithoutGapOrRepetition() {
        MixtureOrder order = order(5);
        List<List<Long>> ordinals = new ArrayList<>();
        for (int d = 0; d < 4; d++) {
            ordinals.add(new ArrayList<>());
        }
        for (long n = 0; n < 64 * 64; n++) {
            MixtureOrder.Origin origin = order.origin(n);
            ordinals.get(origin.source()).add(origin.ordinal());
        }
        long[] served = order.servedBefore(64 * 64);
        for (int d = 0; d < 4; d++) {
            List<Long> sorted = ordinals.get(d).stream().sorted().toList();
            assertThat(sorted).hasSize(Math.toIntExact(served[d]));
            for (int i = 0; i < sorted.size(); i++) {
                assertThat(sorted.get(i)).isEqualTo(i);
            }
        }
        assertThat(served[3]).isPositive();
    }

    @Test
    void anyWorldSizeServesTheSingleOrder() {
        MixtureOrder single = order(6);
        List<MixtureOrder.Origin> expected = new ArrayList<>();
        for (long n = 0; n < 1000; n++) {
            expected.add(single.origin(n));
        }
        for (int world : new int[] {2, 3, 8}) {
            List<MixtureOrder.Origin> merged = new ArrayList<>(expected);
            for (int rank = 0; rank < world; rank++) {
                MixtureOrder own = order(6);
                for (int n = rank; n < 1000; n += world) {
                    merged.set(n, own.origin(n));
                }
            }
            assertThat(merged).as("world %d", world).isEqualTo(expected);
        }
    }

    @Test
    void servedBeforeCountsSingleSamples() {
        MixtureOrder order = order(7);
        long[] counted = new long[4];
        for (long n = 0; n < 300; n++) {
            assertThat(order.servedBefore(n)).isEqualTo(counted);
            counted[order.origin(n).source()]++;
        }
    }

    @Test
    void seedsGiveDifferentOrders() {
        int same = 0;
        for (long n = 0; n < 1000; n++) {
            same += order(1).origin(n).equals(order(2).origin(n)) ? 1 : 0;
        }
        assertThat(same).isLessThan(200);
    }

    private static MixtureOrder order(long seed) {
        return new MixtureOrder(new Apportionment(SCHEDULE, 64), seed);
    }
}
