package dev.calandra.laws.chart;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AxisTest {

    /** Labels of neighbouring ticks must not touch, however many decades an axis covers. */
    @ParameterizedTest
    @CsvSource({"1, 1.3", "0.002, 0.008", "128, 2048", "0.0005, 0.008", "1, 99", "1e11, 1e14", "1e3, 1e24"})
    void aLogarithmicAxisHasAFewTicksFarEnoughApart(double least, double most) {
        Axis axis = Axis.log("x");
        double from = axis.place(least);
        double to = axis.place(most);
        double[] places = axis.ticks(from, to).stream().mapToDouble(axis::place).toArray();

        assertThat(places).hasSizeBetween(2, 9).isSorted();
        for (int i = 1; i < places.length; i++) {
            assertThat((places[i] - places[i - 1]) / (to - from)).isGreaterThan(0.06);
        }
    }

    @Test
    void labelsAreShort() {
        assertThat(Axis.label(0.002)).isEqualTo("0.002");
        assertThat(Axis.label(2e12)).isEqualTo("2e12");
        assertThat(Axis.label(5e-4)).isEqualTo("5e-4");
    }
}
