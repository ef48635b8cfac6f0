package dev.calandra.trainer.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RunSummaryTest {

    private static String step(int step, String loss, double rate, String more) {
        return "{\"event\":\"step\",\"step\":%d,\"loss\":%s%s,\"time\":{\"seconds\":1,\"tokens_per_second\":%s}}"
                .formatted(step, loss, more, rate);
    }

    /** Two operands; the first underflows more, the second saturates more. */
    private static String health(int step) {
        return ",\"fp8_health\":{\"layer\":{\"activation\":{\"underflow\":0.%02d,\"saturation\":0,\"cosine\":0.98},\"weight\":{\"underflow\":0,\"saturation\":0.01,\"cosine\":0.99}}}"
                .formatted(step);
    }

    @Test
    void firstAndLastAreTakenFromTheirEnds() {
        List<String> lines = new ArrayList<>();
        for (int i = 1; i <= 20; i++) {
            lines.add(step(i, Integer.toString(21 - i), i, i % 5 == 0 ? health(i) : ""));
        }
        lines.add(5, MetricsJson.ofEvaluation(5, Map.of("books", 3.5), Map.of("books", 7.5), Map.of(), 1));
        lines.add(MetricsJson.ofEvaluation(20, Map.of("books", 2.5), Map.of("books", 5.5), Map.of(), 1));

        RunSummary summary = RunSummary.of(lines);

        assertThat(summary.steps()).isEqualTo(20);
        assertThat(summary.firstLoss()).isEqualTo(20);
        // The last ten losses are 10 to 1.
        assertThat(summary.lastLoss()).isCloseTo(5.5, within(1e-12));
        assertThat(summary.tokensPerSecond()).isEqualTo(10.5);
        assertThat(summary.firstBitsPerByte()).containsExactly(Map.entry("books", 3.5));
        assertThat(summary.lastBitsPerByte()).containsExactly(Map.entry("books", 2.5));
        assertThat(summary.lastHeldOutLoss()).containsExactly(Map.entry("books", 5.5));
        assertThat(summary.health()).contains(new RunSummary.Health(0.20, 0.01, 0.98));
    }

    @Test
    void aLossThatIsNotFiniteIsShownAsWhatItWas() {
        assertThat(RunSummary.of(List.of(step(1, "\"NaN\"", 1, ""))).firstLoss())
                .isNaN();
    }

    /** Small batches of masked text do; that is no sign of divergence. */
    @Test
    void aBatchWithoutTargetsHasNoLoss() {
        String empty =
                "{\"event\":\"step\",\"step\":%d,\"loss\":\"NaN\",\"targets\":0,\"time\":{\"tokens_per_second\":5}}";
        RunSummary summary = RunSummary.of(
                List.of(empty.formatted(1), step(2, "4", 5, ""), step(3, "2", 5, ""), empty.formatted(4)));

        assertThat(summary.steps()).isEqualTo(4);
        assertThat(summary.firstLoss()).isEqualTo(4);
        assertThat(summary.lastLoss()).isEqualTo(3);
    }

    @Test
    void withoutAStepThereIsNothingToSum() {
        assertThatThrownBy(() -> RunSummary.of(List.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no step");
    }
}
