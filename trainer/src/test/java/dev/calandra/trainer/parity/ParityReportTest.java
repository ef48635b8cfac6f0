package dev.calandra.trainer.parity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.calandra.trainer.parity.Comparison.Measure;
import java.util.List;
import org.junit.jupiter.api.Test;

class ParityReportTest {

    private static final List<Long> SHAPE = List.of(2L, 2L);

    private static Comparison compare(Measure measure, double limit, float[] actual, float... expected) {
        return Comparison.of("grad.x", SHAPE, measure, limit, actual, expected);
    }

    @Test
    void errorsAreWhatTheirMeasureSays() {
        float[] actual = {1, 2, 3, 4.5f};
        assertThat(compare(Measure.ABSOLUTE, 1, actual, 1, 2, 3, 4).error()).isEqualTo(0.5);
        assertThat(compare(Measure.RELATIVE, 1, actual, 1, 2, 3, 4).error()).isEqualTo(0.125);
        assertThat(compare(Measure.RELATIVE_L2, 1, actual, 1, 2, 3, 4).error())
                .isCloseTo(0.5 / Math.sqrt(30), within(1e-12));
        assertThat(compare(Measure.UNEQUAL, 1, actual, 1, 2, 3, 4).error()).isEqualTo(0.25);
        for (Measure measure : Measure.values()) {
            assertThat(compare(measure, 0, actual, actual).ok())
                    .as("%s of equal tensors", measure)
                    .isTrue();
        }
    }

    @Test
    void aRowBeyondItsLimitSaysWhere() {
        Comparison row = compare(Measure.RELATIVE_L2, 1e-4, new float[] {1, 2, 7, 4}, 1, 2, 3, 4);
        assertThat(row.ok()).isFalse();
        assertThat(row.where()).isEqualTo("at [1, 0]: got 7.0000000, expected 3.0000000");
        ParityReport report = new ParityReport(List.of(row), List.of("not compared, no such result: foo"));
        assertThat(report.passed()).isFalse();
        assertThat(report.failures()).containsExactly(row);
        assertThat(report.table().lines())
                .anySatisfy(line -> assertThat(line)
                        .contains("grad.x", "[2, 2]", "4.00e+00", "7.30e-01", "1.00e-04")
                        .endsWith("FAILS at [1, 0]: got 7.0000000, expected 3.0000000"))
                .contains("not compared, no such result: foo");
        assertThat(report.summary())
                .isEqualTo(
                        "1 tensors compared, 1 beyond the limit; closest to it: grad.x, relative l2 7.30e-01 of 1e-04");
    }

    @Test
    void whatIsNotANumberFailsEveryMeasure() {
        for (Measure measure : Measure.values()) {
            Comparison row = compare(measure, 0.2, new float[] {1, 2, Float.NaN, 4}, 1, 2, 3, 4);
            assertThat(row.ok()).as("%s", measure).isFalse();
            assertThat(row.where()).startsWith("at [1, 0]: got NaN");
        }
    }

    @Test
    void somethingWhereNothingIsExpectedFails() {
        assertThat(compare(Measure.RELATIVE_L2, 1e-4, new float[] {0, 1e-9f, 0, 0}, 0, 0, 0, 0)
                        .ok())
                .isFalse();
        assertThat(compare(Measure.RELATIVE_L2, 1e-4, new float[4], 0, 0, 0, 0).ok())
                .isTrue();
    }

    @Test
    void anotherNumberOfValuesFails() {
        Comparison row = compare(Measure.ABSOLUTE, 1, new float[] {1}, 1, 2, 3, 4);
        assertThat(row.ok()).isFalse();
        assertThat(row.where()).isEqualTo("1 values where 4 are expected");
    }

    @Test
    void comparingNothingIsNoSuccess() {
        ParityReport report = new ParityReport(List.of(), List.of());
        assertThat(report.passed()).isFalse();
        assertThat(report.summary()).startsWith("nothing was compared");
    }
}
