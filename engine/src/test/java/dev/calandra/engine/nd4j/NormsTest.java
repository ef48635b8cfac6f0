package dev.calandra.engine.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class NormsTest {

    @Test
    void dividesByTheRootMeanSquare() {
        INDArray x = Nd4j.createFromArray(3.0, -4.0).reshape('c', 1, 2);
        INDArray w = Nd4j.createFromArray(1.0, 10.0).reshape('c', 1, 2);
        INDArray y = Norms.forward(x, Norms.rstd(x, 0.5), w);
        assertThat(y.getDouble(0, 0)).isCloseTo(3 / Math.sqrt(13), within(1e-15));
        assertThat(y.getDouble(0, 1)).isCloseTo(-40 / Math.sqrt(13), within(1e-14));
    }

    @ParameterizedTest
    @CsvSource({"1, 4, 7", "2, 1, 5", "3, 3, 1"})
    void gradientsAreThoseOfDifferences(long seed, int rows, int columns) {
        Doubles doubles = new Doubles(seed);
        INDArray x = doubles.normal(rows, columns);
        INDArray w = doubles.normal(1, columns);
        INDArray dy = doubles.normal(rows, columns);
        double eps = 0.1;
        INDArray rstd = Norms.rstd(x, eps);
        doubles.check("dx", x, () -> Norms.forward(x, Norms.rstd(x, eps), w), dy, Norms.inputGrad(dy, x, rstd, w));
        doubles.check("dw", w, () -> Norms.forward(x, rstd, w), dy, Norms.weightGrad(dy, x, rstd));
    }
}
