package dev.calandra.engine.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class CrossEntropyTest {

    private static final int[] TARGET = {2, -100, 0};

    @Test
    void lossIsTheNegativeLogProbabilityOfTheTarget() {
        INDArray h = Nd4j.createFromArray(1.0, 0.0, 0.0, 1.0, 2.0, 0.0).reshape('c', 3, 2);
        INDArray w = Nd4j.createFromArray(0.5, 0.0, -1.0, 7.0, 2.0, 1.0).reshape('c', 3, 2);
        double first = Math.log(Math.exp(0.5) + Math.exp(-1) + Math.exp(2)) - 2;
        double third = Math.log(Math.exp(1) + Math.exp(-2) + Math.exp(4)) - 1;
        assertThat(Copies.doubles(CrossEntropy.losses(h, w, TARGET)))
                .containsExactly(new double[] {first, 0, third}, within(1e-14));
    }

    @Test
    void hugeLogitsDoNotOverflow() {
        INDArray h = Nd4j.createFromArray(1e4).reshape('c', 1, 1);
        INDArray w = Nd4j.createFromArray(1.0, -1.0).reshape('c', 2, 1);
        assertThat(Copies.doubles(CrossEntropy.losses(h, w, new int[] {1}))).containsExactly(2e4);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void gradientsAreThoseOfDifferences(long seed) {
        Doubles doubles = new Doubles(seed);
        INDArray h = doubles.normal(3, 4);
        INDArray w = doubles.normal(5, 4);
        double scale = 0.25;
        INDArray weights = Rows.zeros(3, 1).addi(scale);
        INDArray dLogits = CrossEntropy.logitsGrad(h, w, TARGET, scale);
        doubles.check("dh", h, () -> CrossEntropy.losses(h, w, TARGET), weights, dLogits.mmul(w));
        doubles.check(
                "dw",
                w,
                () -> CrossEntropy.losses(h, w, TARGET),
                weights,
                dLogits.transpose().mmul(h));
    }
}
