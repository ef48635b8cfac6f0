package dev.calandra.engine.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.calandra.engine.RouterShape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class RouterTest {

    @Test
    void groupsCompeteWithTheirTwoBestAndTheBiasCounts() {
        // Four groups of two. The best single expert (3) is in a weak group; the bias lifts expert 6.
        INDArray logits = logits(1.0, 1.0, -9.0, 3.0, 0.5, 0.6, -0.5, 0.7);
        double[] bias = {0, 0, 0, 0, 0, 0, 0.3, 0};
        int[] chosen = new Router(new RouterShape(8, 4, 2, 3, 2.5f)).choose(logits, bias);
        // Sums of two: 1.462, 0.953, 1.268, 1.346: groups 0 and 3. Scores: 0.731, 0.731, 0.678 (with bias), 0.668.
        assertThat(chosen).containsExactly(0, 1, 6);
    }

    @Test
    void tiesGoToTheLowerIndex() {
        INDArray logits = logits(0, 0, 0, 0, 0, 0, 0, 0);
        assertThat(new Router(new RouterShape(8, 4, 2, 3, 1f)).choose(logits, new double[8]))
                .containsExactly(0, 1, 2);
    }

    @Test
    void weightsAreUnbiasedSharesTimesTheScaling() {
        INDArray logits = logits(0.0, 1.0, -1.0);
        INDArray weights = new Router(new RouterShape(3, 1, 1, 2, 2.5f)).weights(logits, new int[] {2, 1});
        double a = 1 / (1 + Math.exp(1));
        double b = 1 / (1 + Math.exp(-1));
        assertThat(Copies.doubles(weights))
                .containsExactly(new double[] {2.5 * a / (a + b), 2.5 * b / (a + b)}, within(1e-15));
    }

    @Test
    void scoresThatAreNotNumbersStillChooseDistinctExperts() {
        Router router = new Router(new RouterShape(4, 2, 1, 2, 1f));
        double nan = Double.NaN;
        assertThat(router.choose(logits(nan, nan, nan, nan), new double[4])).containsExactly(0, 1);
        assertThat(router.choose(logits(nan, nan, nan, -5), new double[4])).containsExactly(3, 2);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void gradientIsThatOfDifferences(long seed) {
        Doubles doubles = new Doubles(seed);
        Router router = new Router(new RouterShape(8, 2, 1, 3, 2.5f));
        INDArray logits = doubles.normal(4, 8);
        INDArray dWeights = doubles.normal(4, 3);
        int[] chosen = router.choose(logits, new double[8]);
        doubles.check(
                "dLogits",
                logits,
                () -> router.weights(logits, chosen),
                dWeights,
                router.inputGrad(dWeights, logits, chosen));
    }

    private static INDArray logits(double... values) {
        return Nd4j.createFromArray(values).reshape('c', 1, values.length);
    }
}
