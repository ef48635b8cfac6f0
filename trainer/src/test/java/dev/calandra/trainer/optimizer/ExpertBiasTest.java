package dev.calandra.trainer.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ExpertBiasTest {

    @Test
    void movesUnderloadedExpertsUpAndOverloadedOnesDownAroundAMeanOfZero() {
        // Loads 10, 2, 4, 4: mean 5, signs -1, +1, +1, +1, mean sign 0.5.
        float[] updated = new ExpertBias(0.5).updated(new float[] {0, 0, 1, -1}, new long[] {10, 2, 4, 4});
        assertThat(updated).containsExactly(-0.75f, 0.25f, 1.25f, -0.75f);
    }

    @Test
    void leavesPerfectBalanceAlone() {
        assertThat(new ExpertBias(1e-3).updated(new float[] {0.5f, -0.5f}, new long[] {7, 7}))
                .containsExactly(0.5f, -0.5f);
    }

    @Test
    void aLoadAtTheMeanExactlyHasSignZero() {
        // Mean 10/3 is not representable; mean 3 is: signs -1, 0, +1.
        assertThat(new ExpertBias(1).updated(new float[3], new long[] {5, 3, 1}))
                .containsExactly(-1, 0, 1);
    }

    @Test
    void keepsTheSumOfBiases() {
        long seed = 20260417;
        Random random = new Random(seed);
        long[] load = random.longs(256, 0, 1000).toArray();
        double sum = 0;
        for (float bias : new ExpertBias(1e-3).updated(new float[256], load)) {
            sum += bias;
        }
        assertThat(sum).as("seed %d", seed).isCloseTo(0, within(1e-6));
    }

    @Test
    void rateZeroChangesNothing() {
        ExpertBias off = new ExpertBias(0);
        assertThat(off.active()).isFalse();
        assertThat(off.updated(new float[] {0.25f, 1}, new long[] {9, 1})).containsExactly(0.25f, 1);
    }

    @Test
    void refusesWhatCannotBe() {
        assertThatThrownBy(() -> new ExpertBias(-1)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new ExpertBias(Double.NaN)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new ExpertBias(1).updated(new float[2], new long[3]))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
