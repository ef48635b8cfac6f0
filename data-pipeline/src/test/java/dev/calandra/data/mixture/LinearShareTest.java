package dev.calandra.data.mixture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class LinearShareTest {
    private final LinearShare share = new LinearShare(new double[] {0, 10, 30}, new double[] {0.2, 0.2, 0.6});

    @Test
    void valuesAndIntegrals() {
        assertThat(share.value(5)).isEqualTo(0.2);
        assertThat(share.value(20)).isCloseTo(0.4, within(1e-12));
        assertThat(share.value(99)).isEqualTo(0.6);
        assertThat(share.integral(10)).isCloseTo(2, within(1e-12));
        assertThat(share.integral(20)).isCloseTo(2 + 3, within(1e-12));
        assertThat(share.integral(30)).isCloseTo(2 + 8, within(1e-12));
        assertThat(share.integral(40)).isCloseTo(2 + 8 + 6, within(1e-12));
        assertThat(share.complement().integral(40)).isCloseTo(40 - 16, within(1e-12));
    }

    @Test
    void theInverseUndoesTheIntegral() {
        for (double n = 0.5; n < 60; n += 0.5) {
            assertThat(share.inverse(share.integral(n))).isCloseTo(n, within(1e-9));
        }
    }

    @Test
    void anAmountThatIsNeverReachedIsInfinitelyLate() {
        LinearShare ending = new LinearShare(new double[] {0, 10}, new double[] {1, 0});
        assertThat(ending.inverse(5)).isCloseTo(10, within(1e-9));
        assertThat(ending.inverse(5.1)).isInfinite();
    }

    @Test
    void refusesWhatIsNoShare() {
        assertThatThrownBy(() -> new LinearShare(new double[] {0}, new double[] {1.1}))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new LinearShare(new double[] {1}, new double[] {1}))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new LinearShare(new double[] {0, 0}, new double[] {1, 1}))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new LinearShare(new double[] {0}, new double[] {Double.NaN}))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
