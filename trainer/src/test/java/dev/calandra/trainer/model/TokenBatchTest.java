package dev.calandra.trainer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.data.PackedSequence;
import java.util.List;
import org.junit.jupiter.api.Test;

class TokenBatchTest {

    @Test
    void noLossCrossesIntoAnotherDocument() {
        // Documents: 10 11 12 | 20 21 22 23; token 21 may not be a target.
        PackedSequence window = new PackedSequence(
                new int[] {10, 11, 12, 20, 21, 22, 23},
                new int[] {0, 0, 0, 3, 3, 3, 3},
                new boolean[] {true, true, true, true, false, true, true});
        TokenBatch batch = TokenBatch.of(List.of(window, window), 5, 1);
        assertThat(batch.ids()).containsExactly(10, 11, 12, 20, 21, 10, 11, 12, 20, 21);
        assertThat(batch.inputIds()[0]).containsExactly(11, 12, 20, 21, 22, 11, 12, 20, 21, 22);
        assertThat(batch.targets()[0]).containsExactly(11, 12, -1, -1, 22, 11, 12, -1, -1, 22);
        assertThat(batch.targets()[1]).containsExactly(12, -1, -1, 22, 23, 12, -1, -1, 22, 23);
        assertThat(batch.validTargets(0)).isEqualTo(6);
        assertThat(batch.positions()).containsExactly(0, 1, 2, 0, 1, 0, 1, 2, 0, 1);
    }

    @Test
    void aDocumentThatBeganEarlierGoesOn() {
        PackedSequence window = new PackedSequence(
                new int[] {1, 2, 3, 4}, new int[] {0, 0, 2, 2}, new boolean[] {true, true, true, true});
        TokenBatch batch = TokenBatch.of(List.of(window), 3, 0);
        assertThat(batch.targets()[0]).containsExactly(2, -1, 4);
        assertThat(batch.inputIds()).isEmpty();
    }

    @Test
    void labelsAreShiftedAsThePublishedCodeShiftsThem() {
        TokenBatch batch = TokenBatch.huggingFace(
                new int[] {5, 6, 7, 8, 15, 16, 17, 18}, new int[] {5, -100, 7, 8, 15, 16, 17, 18}, 2, 4, 2);
        assertThat(batch.targets()[0]).containsExactly(-100, 7, 8, -1, 16, 17, 18, -1);
        assertThat(batch.targets()[1]).containsExactly(7, 8, -1, -1, 17, 18, -1, -1);
        assertThat(batch.targets()[2]).containsExactly(8, -1, -1, -1, 18, -1, -1, -1);
        assertThat(batch.inputIds()[0]).containsExactly(6, 7, 8, 0, 16, 17, 18, 0);
        assertThat(batch.inputIds()[1]).containsExactly(7, 8, 0, 0, 17, 18, 0, 0);
        assertThat(batch.validTargets(0)).isEqualTo(5);
    }

    @Test
    void aWindowThatIsTooShortIsRefused() {
        PackedSequence window = new PackedSequence(new int[4], new int[4], new boolean[4]);
        assertThatThrownBy(() -> TokenBatch.of(List.of(window), 3, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("a window of 4 tokens for sequences of 3 and 2 tokens to look ahead");
    }

    @Test
    void theScaleOfAStepCountsTheTargetsOfAllItsPasses() {
        TokenBatch one = TokenBatch.huggingFace(new int[] {1, 2, 3}, new int[] {1, 2, 3}, 1, 3, 1);
        TokenBatch none = TokenBatch.huggingFace(new int[] {1, 2, 3}, new int[] {-1, -1, -1}, 1, 3, 1);
        LossScale scale = LossScale.of(List.of(one, none, one));
        assertThat(scale.targets()).containsExactly(4L, 2L);
        assertThat(scale.main()).isEqualTo(0.25f);
        assertThat(scale.mtp(1, 0.5)).isEqualTo(0.25f);
        assertThat(LossScale.of(List.of(none)).main())
                .as("no target, no gradient")
                .isZero();
    }
}
