package dev.calandra.engine.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** The losses of a router against their formulas, and their gradients against differences. */
class RouterLossesTest {

    @Test
    void evenChoicesHaveALossOfOneWhateverTheShares() {
        INDArray logits = new Doubles(1).normal(4, 4);
        assertThat(RouterLosses.balance(logits, new int[] {0, 1, 2, 3, 0, 1, 2, 3}, 1)
                        .losses())
                .containsExactly(new double[] {1}, within(1e-15));
    }

    @Test
    void aSequenceThatLikesOneExpertPaysForItAndItsNeighbourDoesNot() {
        // Two sequences of two tokens, one choice of four experts. Scores of 1/2 and 1/4: shares of 0.4 and 0.2.
        double third = Math.log(1.0 / 3);
        INDArray logits = Nd4j.createFromArray(new double[][] {
            {0, third, third, third}, {0, third, third, third}, {0, third, third, third}, {third, 0, third, third}
        });
        double[] losses =
                RouterLosses.balance(logits, new int[] {0, 0, 0, 1}, 2).losses();
        // 4/(1·2) · 2 · 0.4, and 4/(1·2) · (1 · (0.4 + 0.2)/2 + 1 · (0.2 + 0.4)/2).
        assertThat(losses).containsExactly(new double[] {1.6, 1.2}, within(1e-12));
    }

    @Test
    void zIsTheSquareOfTheLogSumExp() {
        INDArray logits = Nd4j.createFromArray(new double[][] {{0, 0, 0, 0}, {1000, 0, 0, 0}});
        double ln4 = Math.log(4);
        assertThat(Copies.doubles(RouterLosses.z(logits))).containsExactly(new double[] {ln4 * ln4, 1e6}, within(1e-9));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void gradientsAreThoseOfDifferences(long seed) {
        Doubles doubles = new Doubles(seed);
        INDArray logits = doubles.normal(6, 5);
        int[] chosen = {0, 1, 1, 0, 2, 1, 4, 3, 3, 4, 0, 3};
        double scale = 0.7;
        INDArray scales = Nd4j.createFromArray(new double[][] {{scale}, {scale}});
        doubles.check(
                "dLogits of balance",
                logits,
                () -> Nd4j.createFromArray(
                                RouterLosses.balance(logits, chosen, 2).losses())
                        .reshape('c', 2, 1),
                scales,
                RouterLosses.balance(logits, chosen, 2).logitsGrad(scale));
        doubles.check(
                "dLogits of z",
                logits,
                () -> RouterLosses.z(logits),
                Nd4j.create(6, 1).castTo(logits.dataType()).addi(scale),
                RouterLosses.zLogitsGrad(logits, scale));
    }
}
