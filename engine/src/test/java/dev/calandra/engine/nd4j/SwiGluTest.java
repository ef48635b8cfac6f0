package dev.calandra.engine.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class SwiGluTest {

    @Test
    void gateComesFirst() {
        INDArray gateUp = Nd4j.createFromArray(0.5, -2.0, 3.0, 5.0).reshape('c', 1, 4);
        double[] expected = {0.5 / (1 + Math.exp(-0.5)) * 3, -2 / (1 + Math.exp(2)) * 5};
        assertThat(Copies.doubles(SwiGlu.forward(gateUp))).containsExactly(expected, within(1e-15));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void gradientsAreThoseOfDifferences(long seed) {
        Doubles doubles = new Doubles(seed);
        INDArray gateUp = doubles.normal(3, 10);
        INDArray da = doubles.normal(3, 5);
        doubles.check("dGateUp", gateUp, () -> SwiGlu.forward(gateUp), da, SwiGlu.inputGrad(da, gateUp));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void gradientOfTheScaleIsThatOfDifferences(long seed) {
        Doubles doubles = new Doubles(seed);
        INDArray gateUp = doubles.normal(3, 10);
        INDArray scale = doubles.normal(3, 1);
        INDArray da = doubles.normal(3, 5);
        doubles.check(
                "dScale", scale, () -> SwiGlu.forward(gateUp).mulColumnVector(scale), da, SwiGlu.scaleGrad(da, gateUp));
    }
}
