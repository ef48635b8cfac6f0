package dev.calandra.engine.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.calandra.engine.AttentionShape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;

class AttentionTest {

    /** Two sequences; in the first a document begins at token 2, in the second the whole sequence is one document. */
    private static final int[] DOCUMENT_START = {0, 0, 2, 2, 0, 0, 0, 0};

    @Test
    void equalsTheDefinitionKeyByKey() {
        AttentionShape shape = AttentionShape.training(2, 4, 4, 2, 3);
        Doubles doubles = new Doubles(5);
        INDArray q = doubles.normal(32, 3);
        INDArray k = doubles.normal(16, 3);
        INDArray v = doubles.normal(16, 3);
        Attention.Result result = new Attention(shape, DOCUMENT_START).forward(q, k, v);
        for (int b = 0; b < 2; b++) {
            for (int head = 0; head < 4; head++) {
                for (int i = 0; i < 4; i++) {
                    assertQuery(shape, q, k, v, result, b, head, i);
                }
            }
        }
    }

    private static void assertQuery(
            AttentionShape shape, INDArray q, INDArray k, INDArray v, Attention.Result result, int b, int head, int i) {
        int queryRow = (b * 4 + head) * 4 + i;
        int firstKeyRow = (b * 2 + head / 2) * 4;
        double sum = 0;
        double[] weighted = new double[3];
        for (int j = DOCUMENT_START[b * 4 + i]; j <= i; j++) {
            double score = 0;
            for (int c = 0; c < 3; c++) {
                score += q.getDouble(queryRow, c) * k.getDouble(firstKeyRow + j, c) / Math.sqrt(shape.headSize());
            }
            sum += Math.exp(score);
            for (int c = 0; c < 3; c++) {
                weighted[c] += Math.exp(score) * v.getDouble(firstKeyRow + j, c);
            }
        }
        for (int c = 0; c < 3; c++) {
            assertThat(result.out().getDouble(b * 4 + i, head * 3 + c))
                    .as("sequence %d, head %d, query %d", b, head, i)
                    .isCloseTo(weighted[c] / sum, within(1e-13));
        }
        assertThat(result.logSumExp().getDouble(queryRow, 0)).isCloseTo(Math.log(sum), within(1e-13));
    }

    @Test
    void lateQueriesOfACacheSeeWhatTheWholeSequenceShowed() {
        Doubles doubles = new Doubles(6);
        INDArray q = doubles.normal(5, 4);
        INDArray k = doubles.normal(8, 4);
        INDArray v = doubles.normal(8, 4);
        AttentionShape whole = new AttentionShape(1, 5, 5, 8, 1, 1, 4);
        AttentionShape late = new AttentionShape(1, 2, 5, 8, 1, 1, 4);
        INDArray all = new Attention(whole, new int[5]).forward(q, k, v).out();
        INDArray last = new Attention(late, new int[2])
                .forward(Rows.range(q, 3, 5).dup('c'), k, v)
                .out();
        assertThat(Copies.doubles(last)).containsExactly(Copies.doubles(Rows.range(all, 3, 5)), within(1e-14));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void gradientsAreThoseOfDifferences(long seed) {
        Doubles doubles = new Doubles(seed);
        AttentionShape shape = AttentionShape.training(2, 4, 2, 1, 3);
        INDArray q = doubles.normal(16, 3);
        INDArray k = doubles.normal(8, 3);
        INDArray v = doubles.normal(8, 3);
        INDArray dOut = doubles.normal(8, 6);
        Attention attention = new Attention(shape, DOCUMENT_START);
        Attention.Gradients gradients = attention.backward(dOut, q, k, v, attention.forward(q, k, v));
        doubles.check("dq", q, () -> attention.forward(q, k, v).out(), dOut, gradients.dq());
        doubles.check("dk", k, () -> attention.forward(q, k, v).out(), dOut, gradients.dk());
        doubles.check("dv", v, () -> attention.forward(q, k, v).out(), dOut, gradients.dv());
    }
}
