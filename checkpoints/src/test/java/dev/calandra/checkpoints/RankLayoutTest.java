package dev.calandra.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.configs.ConfigException;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The arithmetic of ranks, experts and rows. */
class RankLayoutTest {
    @Test
    void sharesCoverEveryRowOnceAndDifferByOne() {
        long seed = System.nanoTime();
        Random random = new Random(seed);
        for (int trial = 0; trial < 1000; trial++) {
            long rows = random.nextLong(1L << random.nextInt(1, 62));
            int count = random.nextInt(1, 20);
            long at = 0;
            for (int i = 0; i < count; i++) {
                RowRange share = RowRange.share(rows, i, count);
                assertThat(share.from()).as("seed %d", seed).isEqualTo(at);
                assertThat(share.rows()).as("seed %d", seed).isBetween(rows / count, Math.ceilDiv(rows, count));
                at = share.to();
                int times = random.nextInt(1, 5);
                assertThat(share.from())
                        .as("seed %d, shares of shares", seed)
                        .isEqualTo(
                                RowRange.share(rows, i * times, count * times).from());
            }
            assertThat(at).as("seed %d", seed).isEqualTo(rows);
        }
    }

    @Test
    void intersectionsAndOrigins() {
        assertThat(new RowRange(3, 9).intersection(new RowRange(5, 20))).isEqualTo(new RowRange(5, 9));
        assertThat(new RowRange(3, 5).intersection(new RowRange(5, 7)).isEmpty())
                .isTrue();
        assertThat(new RowRange(9, 12).intersection(new RowRange(2, 4)).isEmpty())
                .isTrue();
        assertThat(new RowRange(5, 9).countedFrom(4)).isEqualTo(new RowRange(1, 5));
        assertThatThrownBy(() -> new RowRange(2, 1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> RowRange.share(4, 2, 2)).hasMessageContaining("share 2 of 2");
    }

    @Test
    void neighboursShareTheExpertsOfAGroup() {
        RankLayout layout = new RankLayout(8, 4);
        assertThat(layout.replicas()).isEqualTo(2);
        assertThat(IntStream.range(0, 8).map(layout::expertRank)).containsExactly(0, 1, 2, 3, 0, 1, 2, 3);
        assertThat(IntStream.range(0, 8).map(layout::replica)).containsExactly(0, 0, 0, 0, 1, 1, 1, 1);
        for (int rank = 0; rank < 8; rank++) {
            assertThat(layout.rank(layout.replica(rank), layout.expertRank(rank)))
                    .isEqualTo(rank);
        }
        assertThat(layout.experts(6, 16)).isEqualTo(new RowRange(8, 12));
        assertThat(layout.ownedOfShared(6, 80)).isEqualTo(new RowRange(60, 70));
        assertThat(layout.ownedOfExperts(6, 80)).isEqualTo(new RowRange(40, 80));
    }

    @Test
    void layoutsThatCannotBeAreRefusedWithAReason() {
        assertThatThrownBy(() -> new RankLayout(6, 4))
                .isInstanceOf(ConfigException.class)
                .hasMessage("rank layout: 6 ranks do not form expert groups of 4;"
                        + " use a group size that divides the number of ranks");
        assertThatThrownBy(() -> new RankLayout(0, 1)).isInstanceOf(ConfigException.class);
        assertThatThrownBy(() -> new RankLayout(8, 8).experts(0, 4))
                .isInstanceOf(ConfigException.class)
                .hasMessage("rank layout: 4 experts cannot be shared out among 8 ranks;"
                        + " use a group size that divides the number of experts");
        assertThatThrownBy(() -> new RankLayout(2, 1).replica(2)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new RankLayout(4, 2).rank(2, 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
