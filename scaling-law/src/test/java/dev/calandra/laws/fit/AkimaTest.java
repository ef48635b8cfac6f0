package dev.calandra.laws.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

class AkimaTest {

    /** A curve that is steeper on the left: the parabola of least squares through these points has its minimum at 0.697. */
    @Test
    void theMinimumOfALopsidedCurve() {
        double[] x = new double[9];
        double[] y = new double[9];
        for (int i = 0; i < x.length; i++) {
            x[i] = -2 + 0.5 * i;
            y[i] = Math.exp(-1.5 * x[i]) + Math.exp(0.5 * x[i]);
        }
        Akima akima = new Akima(x, y);
        assertThat(akima.minimum()).isCloseTo(Math.log(3) / 2, within(0.08));
        for (int i = 0; i < x.length; i++) {
            assertThat(akima.at(x[i])).isCloseTo(y[i], within(1e-12));
        }
    }

    @Test
    void aCurveThatFallsToItsEndHasNone() {
        assertThat(new Akima(new double[] {0, 1, 2, 3}, new double[] {4, 3, 2, 1}).minimum())
                .isNaN();
    }
}
