package dev.calandra.trainer.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class ExpertBalanceTest {

    @Test
    void aWindowLooksAtItsStepsTogether() {
        ExpertBalance balance = new ExpertBalance(2);
        ExpertBalance.Layer first = balance.observe("a", new long[] {8, 0, 0, 0}, 2);
        assertThat(first.batch()).isEqualTo(3);
        assertThat(first.window()).isEqualTo(3);
        assertThat(first.tokensPerRank()).containsExactly(8L, 0L);
        ExpertBalance.Layer second = balance.observe("a", new long[] {0, 8, 0, 0}, 2);
        assertThat(second.batch()).isEqualTo(3);
        assertThat(second.window()).isEqualTo(1);
        assertThat(balance.observe("a", new long[] {0, 0, 4, 4}, 2).window()).isEqualTo(1);
        assertThat(balance.observe("b", new long[] {2, 2, 2, 2}, 4).window()).isZero();
    }

    @Test
    void entropyIsOneForAnEvenLoadAndZeroForASingleExpert() {
        assertThat(ExpertBalance.entropy(3, 3, 3, 3)).isCloseTo(1, within(1e-12));
        assertThat(ExpertBalance.entropy(0, 12, 0, 0)).isZero();
        assertThat(ExpertBalance.entropy(6, 6, 0, 0)).isCloseTo(0.5, within(1e-12));
        assertThat(ExpertBalance.entropy(0, 0)).isEqualTo(1);
    }

    @Test
    void theRateFallsLinearlyToItsShare() {
        ExpertBias bias = new ExpertBias(0.5);
        assertThat(bias.at(1, 0.7).rate()).isEqualTo(0.5);
        assertThat(bias.at(0.2, 0).rate()).isEqualTo(0.5);
        assertThat(bias.at(0.2, 0.5).rate()).isCloseTo(0.3, within(1e-12));
        assertThat(bias.at(0.2, 1).rate()).isCloseTo(0.1, within(1e-12));
        assertThat(bias.at(0, 1).active()).isFalse();
    }
}
