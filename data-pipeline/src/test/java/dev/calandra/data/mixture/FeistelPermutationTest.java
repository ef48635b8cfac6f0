package dev.calandra.data.mixture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.BitSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class FeistelPermutationTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 127, 128, 129, 255, 256, 257, 1000, 4095, 4096, 4097, 70_001})
    void isABijection(int size) {
        for (long key = 0; key < 3; key++) {
            FeistelPermutation permutation = new FeistelPermutation(size, key);
            BitSet seen = new BitSet(size);
            for (int i = 0; i < size; i++) {
                seen.set(Math.toIntExact(permutation.apply(i)));
            }
            assertThat(seen.cardinality()).as("size %d key %d", size, key).isEqualTo(size);
            assertThat(seen.length()).isEqualTo(size);
        }
    }

    @Test
    void largeSizesStayInside() {
        for (long size : new long[] {(1L << 31) + 5, 1_000_000_000_007L, (1L << 62) - 1, 1L << 62}) {
            FeistelPermutation permutation = new FeistelPermutation(size, 42);
            assertThat(permutation.apply(0)).isBetween(0L, size - 1);
            assertThat(permutation.apply(size - 1)).isBetween(0L, size - 1).isNotEqualTo(permutation.apply(0));
        }
    }

    @Test
    void keysGiveDifferentOrders() {
        FeistelPermutation one = new FeistelPermutation(1000, 1);
        FeistelPermutation two = new FeistelPermutation(1000, 2);
        int same = 0;
        for (int i = 0; i < 1000; i++) {
            same += one.apply(i) == two.apply(i) ? 1 : 0;
        }
        // Two random permutations of 1000 agree at one place on average, at more than 15 almost never.
        assertThat(same).isLessThan(15);
    }

    @Test
    void neighboursDoNotStayNeighbours() {
        FeistelPermutation permutation = new FeistelPermutation(1000, 7);
        int adjacent = 0;
        for (int i = 1; i < 1000; i++) {
            adjacent += Math.abs(permutation.apply(i) - permutation.apply(i - 1)) == 1 ? 1 : 0;
        }
        assertThat(adjacent).isLessThan(15);
    }

    @Test
    void refusesSizesAndIndicesOutOfRange() {
        assertThatThrownBy(() -> new FeistelPermutation(0, 1)).isInstanceOf(IllegalArgumentException.class);
        FeistelPermutation permutation = new FeistelPermutation(5, 1);
        assertThatThrownBy(() -> permutation.apply(5)).isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> permutation.apply(-1)).isInstanceOf(IndexOutOfBoundsException.class);
    }
}
