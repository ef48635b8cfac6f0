package dev.calandra.engine.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.calandra.engine.AttentionShape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class HeadProjectionTest {

    private static final double EPS = 1e-3;

    @Test
    void pairsAreHalfARotationApartAndTheRestPassesThrough() {
        Rotation rotation = new Rotation(
                Nd4j.createFromArray(0.6, 0.8).reshape('c', 1, 2),
                Nd4j.createFromArray(0.8, 0.6).reshape('c', 1, 2));
        INDArray x = Nd4j.createFromArray(1.0, 2.0, 3.0, 4.0, 5.0).reshape('c', 1, 5);
        double[] turned = Copies.doubles(rotation.apply(x));
        assertThat(turned)
                .containsExactly(
                        new double[] {1 * 0.6 - 3 * 0.8, 2 * 0.8 - 4 * 0.6, 3 * 0.6 + 1 * 0.8, 4 * 0.8 + 2 * 0.6, 5},
                        within(1e-15));
        assertThat(Copies.doubles(rotation.inverse(rotation.apply(x))))
                .containsExactly(new double[] {1, 2, 3, 4, 5}, within(1e-15));
    }

    @Test
    void headsAreCutFromTheProjectionInOrder() {
        // Two sequences of three tokens; two query heads and one key-value head of size 2; norm weights 1, no rotation.
        AttentionShape shape = AttentionShape.training(2, 3, 2, 1, 2);
        INDArray qkv = new Doubles(7).normal(6, 8);
        INDArray ones = Nd4j.createFromArray(1.0, 1.0).reshape('c', 1, 2);
        HeadProjection.Heads heads = new HeadProjection(shape, ones, ones, EPS, Rotation.NONE).forward(qkv);
        // Sequence 1, token 2 is row 5 of the projection; query head 1 starts at column 2, keys at 4, values at 6.
        assertNormalised(heads.q(), (1 * 2 + 1) * 3 + 2, qkv, 5, 2);
        assertNormalised(heads.k(), 1 * 3 + 2, qkv, 5, 4);
        assertThat(heads.v().getDouble(1 * 3 + 2, 0)).isEqualTo(qkv.getDouble(5, 6));
        assertThat(heads.v().getDouble(1 * 3 + 2, 1)).isEqualTo(qkv.getDouble(5, 7));
    }

    private static void assertNormalised(INDArray head, int row, INDArray qkv, int token, int column) {
        double a = qkv.getDouble(token, column);
        double b = qkv.getDouble(token, column + 1);
        double root = Math.sqrt((a * a + b * b) / 2 + EPS);
        assertThat(head.getDouble(row, 0)).isCloseTo(a / root, within(1e-14));
        assertThat(head.getDouble(row, 1)).isCloseTo(b / root, within(1e-14));
    }

    @ParameterizedTest
    @CsvSource({"1, 2", "2, 1", "3, 0"})
    void gradientsAreThoseOfDifferences(long seed, int half) {
        Doubles doubles = new Doubles(seed);
        AttentionShape shape = AttentionShape.training(2, 2, 2, 1, 5);
        INDArray qkv = doubles.normal(4, shape.qkvWidth());
        INDArray qNorm = doubles.normal(1, 5);
        INDArray kNorm = doubles.normal(1, 5);
        HeadProjection projection = new HeadProjection(shape, qNorm, kNorm, EPS, rotation(doubles, half));
        HeadProjection.Heads dHeads =
                new HeadProjection.Heads(doubles.normal(8, 5), doubles.normal(4, 5), doubles.normal(4, 5));
        INDArray weights = Nd4j.vstack(dHeads.q(), dHeads.k(), dHeads.v());
        HeadProjection.Gradients gradients = projection.backward(dHeads, qkv);
        doubles.check("dqkv", qkv, () -> stacked(projection.forward(qkv)), weights, gradients.dqkv());
        doubles.check("dqNorm", qNorm, () -> stacked(projection.forward(qkv)), weights, gradients.dqNorm());
        doubles.check("dkNorm", kNorm, () -> stacked(projection.forward(qkv)), weights, gradients.dkNorm());
    }

    private static Rotation rotation(Doubles doubles, int half) {
        if (half == 0) {
            return Rotation.NONE;
        }
        double[] cos = new double[4 * half];
        double[] sin = new double[4 * half];
        for (int i = 0; i < cos.length; i++) {
            double angle = doubles.random().nextDouble() * 2 * Math.PI;
            cos[i] = Math.cos(angle);
            sin[i] = Math.sin(angle);
        }
        return new Rotation(
                Nd4j.createFromArray(cos).reshape('c', 4, half),
                Nd4j.createFromArray(sin).reshape('c', 4, half));
    }

    private static INDArray stacked(HeadProjection.Heads heads) {
        return Nd4j.vstack(heads.q(), heads.k(), heads.v());
    }
}
