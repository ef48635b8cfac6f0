package dev.calandra.laws;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class RepetitionLawTest {

    @Test
    void theFirstEpochIsFreshAndFourAreNearly() {
        assertThat(RepetitionLaw.worth(0.5)).isEqualTo(0.5);
        assertThat(RepetitionLaw.worth(1)).isEqualTo(1);
        assertThat(RepetitionLaw.worth(4) / 4).isBetween(0.92, 0.94);
        assertThat(RepetitionLaw.worthOfNextToken(1)).isEqualTo(1);
    }

    /** Sixteen epochs: the paper's R* is where a token's worth has fallen to 1 / e; endless epochs add R* at most. */
    @Test
    void worthDecaysWithTheConstantOfThePaper() {
        assertThat(RepetitionLaw.worthOfNextToken(1 + 15.387756)).isCloseTo(1 / Math.E, within(1e-12));
        assertThat(RepetitionLaw.worth(1e9)).isCloseTo(1 + 15.387756, within(1e-9));
        double step = 1e-4;
        assertThat((RepetitionLaw.worth(7 + step) - RepetitionLaw.worth(7)) / step)
                .isCloseTo(RepetitionLaw.worthOfNextToken(7), within(1e-5));
    }
}
