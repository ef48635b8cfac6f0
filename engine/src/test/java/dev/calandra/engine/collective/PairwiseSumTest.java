package dev.calandra.engine.collective;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Sums as text: (0+1) is the sum of the addends 0 and 1. */
class PairwiseSumTest {

    private static String[] addends(int first, int end) {
        return IntStream.range(first, end).mapToObj(Integer::toString).toArray(String[]::new);
    }

    private static String sum(String... addends) {
        PairwiseSum.of(addends.length, (into, from) -> addends[into] = "(" + addends[into] + "+" + addends[from] + ")");
        return addends[0];
    }

    @Test
    void addsHalves() {
        assertThat(sum("0")).isEqualTo("0");
        assertThat(sum(addends(0, 3))).isEqualTo("(0+(1+2))");
        assertThat(sum(addends(0, 4))).isEqualTo("((0+1)+(2+3))");
        assertThat(sum(addends(0, 6))).isEqualTo("((0+(1+2))+(3+(4+5)))");
    }

    @Test
    void addsTheSameWhenAddendsComeOneAfterAnother() {
        for (int count = 1; count < 70; count++) {
            int[] additions = PairwiseSum.whenTheyCome(count);
            Deque<String> sums = new ArrayDeque<>();
            for (int addend = 0; addend < count; addend++) {
                String sum = Integer.toString(addend);
                for (int i = 0; i < additions[addend]; i++) {
                    sum = "(" + sums.removeLast() + "+" + sum + ")";
                }
                sums.addLast(sum);
            }
            assertThat(sums).containsExactly(sum(addends(0, count)));
        }
    }

    @Test
    void blocksAreThoseThatChangeNothing() {
        for (int count = 1; count < 70; count++) {
            for (int blocks = 1; blocks <= count; blocks++) {
                boolean same = false;
                if (count % blocks == 0) {
                    int each = count / blocks;
                    String[] sums = IntStream.range(0, blocks)
                            .mapToObj(block -> sum(addends(block * each, (block + 1) * each)))
                            .toArray(String[]::new);
                    same = sum(sums).equals(sum(addends(0, count)));
                }
                assertThat(PairwiseSum.blocks(count, blocks))
                        .as("%d addends in %d blocks", count, blocks)
                        .isEqualTo(same);
            }
        }
        assertThat(IntStream.rangeClosed(1, 12).filter(ranks -> PairwiseSum.blocks(12, ranks)))
                .containsExactly(1, 2, 4, 12);
    }
}
