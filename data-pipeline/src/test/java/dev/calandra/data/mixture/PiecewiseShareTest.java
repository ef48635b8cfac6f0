package dev.calandra.data.mixture;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.calandra.data.mixture.PiecewiseShare.Piece;
import java.util.List;
import org.junit.jupiter.api.Test;

class PiecewiseShareTest {
    /** Constant, rising, then a jump down. */
    private final PiecewiseShare share =
            new PiecewiseShare(List.of(new Piece(0, 0.2, 0.2), new Piece(10, 0.2, 0.6), new Piece(30, 0.1, 0.1)));

    @Test
    void valuesAndIntegrals() {
        assertThat(share.value(5)).isEqualTo(0.2);
        assertThat(share.value(20)).isCloseTo(0.4, within(1e-12));
        assertThat(share.value(30)).isEqualTo(0.1);
        assertThat(share.value(99)).isEqualTo(0.1);
        assertThat(share.integral(10)).isCloseTo(2, within(1e-12));
        assertThat(share.integral(20)).isCloseTo(2 + 3, within(1e-12));
        assertThat(share.integral(30)).isCloseTo(2 + 8, within(1e-12));
        assertThat(share.integral(40)).isCloseTo(2 + 8 + 1, within(1e-12));
    }

    @Test
    void theInverseUndoesTheIntegral() {
        for (double n = 0.5; n < 60; n += 0.5) {
            assertThat(share.inverse(share.integral(n))).isCloseTo(n, within(1e-9));
        }
    }

    @Test
    void anAmountThatIsNeverReachedIsInfinitelyLate() {
        PiecewiseShare ending = new PiecewiseShare(List.of(new Piece(0, 1, 0), new Piece(10, 0, 0)));
        assertThat(ending.inverse(5)).isCloseTo(10, within(1e-9));
        assertThat(ending.inverse(5.1)).isInfinite();
    }

    @Test
    void refusesWhatIsNoShare() {
        for (List<Piece> pieces : List.of(
                List.<Piece>of(),
                List.of(new Piece(0, 1.1, 1.1)),
                List.of(new Piece(0, 0.5, 1)),
                List.of(new Piece(0, 1, 1), new Piece(0, 1, 1)),
                List.of(new Piece(0, Double.NaN, Double.NaN)))) {
            assertThatThrownBy(() -> new PiecewiseShare(pieces)).isInstanceOf(IllegalArgumentException.class);
        }
    }
}
