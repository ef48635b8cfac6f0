package dev.calandra.engine.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.calandra.engine.AdamWStep;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.factory.Nd4j;

class AdamWTest {

    @Test
    void twoStepsEqualTheAlgorithmByHand() {
        double parameter = 1.5;
        double m = 0;
        double v = 0;
        AdamW state = new AdamW(Nd4j.createFromArray(parameter), Nd4j.createFromArray(0.0), Nd4j.createFromArray(0.0));
        double[] gradients = {0.4, -3};
        for (int t = 1; t <= 2; t++) {
            state = state.step(
                    Nd4j.createFromArray(gradients[t - 1]), new AdamWStep(0.01, 0.9, 0.95, 1e-3, 0.1, t, 0.5));
            double g = gradients[t - 1] * 0.5;
            parameter *= 1 - 0.01 * 0.1;
            m = 0.9 * m + 0.1 * g;
            v = 0.95 * v + 0.05 * g * g;
            parameter -= 0.01 * (m / (1 - Math.pow(0.9, t))) / (Math.sqrt(v / (1 - Math.pow(0.95, t))) + 1e-3);
        }
        assertThat(state.parameter().getDouble(0)).isCloseTo(parameter, within(1e-15));
        assertThat(state.firstMoment().getDouble(0)).isCloseTo(m, within(1e-15));
        assertThat(state.secondMoment().getDouble(0)).isCloseTo(v, within(1e-15));
    }
}
