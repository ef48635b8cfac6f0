package dev.calandra.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.calandra.data.mixture.Apportionment;
import dev.calandra.data.mixture.Curve;
import dev.calandra.data.mixture.MixtureOrder;
import dev.calandra.data.mixture.MixtureSchedule;
import dev.calandra.data.mixture.SchedulePlan;
import dev.calandra.data.packing.BestFit;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Everything that a reader computes without touching a shard, at the size of the largest corpora: a million shards, 10^12 tokens. */
@Timeout(60)
class TrillionTokensTest {
    private static final int SHARDS = 1_000_000;
    private static final long TOKENS_PER_SHARD = 1_000_000;
    private static final int SEQUENCE = 4096;

    @Test
    void windowsOfATrillionTokensAreOrderedInNoMemory() {
        long windows = SHARDS * TOKENS_PER_SHARD / SEQUENCE;
        WindowOrder order = new WindowOrder(windows, (1L << 28) / SEQUENCE, 3);
        Set<Long> served = new HashSet<>();
        for (long place = 0; place < windows; place += windows / 100_000) {
            served.add(order.window(5, place));
        }
        assertThat(served).hasSizeGreaterThanOrEqualTo(100_000).allMatch(window -> window >= 0 && window < windows);
        assertThat(order.window(0, windows - 1)).isBetween(0L, windows - 1);
    }

    /** Beyond 2^31 samples, where 32-bit counters have failed others. */
    @Test
    void billionsOfSamplesAreCountedExactly() {
        int block = 1 << 20;
        long samples = 4769L * block;
        MixtureSchedule schedule = new SchedulePlan(
                        new Curve(new double[] {0, samples}, new double[] {0.32, 0.46}, false),
                        List.of(source(false, 1), source(false, 1e-7), source(true, 1), source(true, 0.3)),
                        0,
                        samples)
                .schedule();
        MixtureOrder order = new MixtureOrder(new Apportionment(schedule, block), 1);
        long[] served = order.servedBefore(samples);
        long all = 0;
        for (int d = 0; d < served.length; d++) {
            assertThat((double) served[d])
                    .as("source %d", d)
                    .isCloseTo(schedule.integral(d, samples), within(1 + 1e-3));
            all += served[d];
        }
        assertThat(all).isEqualTo(samples);
        // The smallest source has its share of 6 in a hundred million.
        assertThat(served[1]).isBetween(300L, 310L);
        MixtureOrder.Origin origin = order.origin(samples);
        assertThat(origin.ordinal()).isGreaterThanOrEqualTo(served[origin.source()]);
    }

    @Test
    void windowsOfPackedShardsAreCountedFromTokensAlone() {
        assertThat(SHARDS * BestFit.binsFor(TOKENS_PER_SHARD, SEQUENCE)).isEqualTo(246_000_000L);
    }

    private static SchedulePlan.Source source(boolean second, double weight) {
        return new SchedulePlan.Source(second, Curve.constant(weight), Double.POSITIVE_INFINITY);
    }
}
