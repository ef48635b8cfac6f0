package dev.calandra.engine.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nd4j.linalg.api.ndarray.INDArray;

class ProductsTest {

    /** Four experts, the first and third without rows. */
    private static final int[] OFFSETS = {0, 0, 2, 2, 5};

    private static final int MATRICES = 4;

    @Test
    void eachRowMeetsTheMatrixOfItsGroup() {
        Doubles doubles = new Doubles(1);
        INDArray x = doubles.normal(5, 3);
        INDArray w = doubles.normal(8, 3);
        INDArray y = Products.linear(x, w, OFFSETS, MATRICES);
        int[] groupOfRow = {1, 1, 3, 3, 3};
        for (int r = 0; r < 5; r++) {
            for (int n = 0; n < 2; n++) {
                double expected = 0;
                for (int k = 0; k < 3; k++) {
                    expected += x.getDouble(r, k) * w.getDouble(groupOfRow[r] * 2 + n, k);
                }
                assertThat(y.getDouble(r, n)).as("y[%d, %d]", r, n).isCloseTo(expected, within(1e-14));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void gradientsAreThoseOfDifferences(long seed) {
        Doubles doubles = new Doubles(seed);
        INDArray x = doubles.normal(5, 3);
        INDArray w = doubles.normal(8, 3);
        INDArray dy = doubles.normal(5, 2);
        doubles.check(
                "dx",
                x,
                () -> Products.linear(x, w, OFFSETS, MATRICES),
                dy,
                Products.inputGrad(dy, w, OFFSETS, MATRICES));
        doubles.check("dw", w, () -> Products.linear(x, w, OFFSETS, MATRICES), dy, Products.weightGrad(dy, x, OFFSETS));
    }
}
