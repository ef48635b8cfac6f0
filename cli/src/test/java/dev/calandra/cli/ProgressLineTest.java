package dev.calandra.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.data.TokenizeProgress;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;

class ProgressLineTest {
    private final StringWriter written = new StringWriter();

    private static TokenizeProgress at(double seconds, double share) {
        return new TokenizeProgress(10, 0, 0, 1_234_567, 50_000_000, seconds, share);
    }

    @Test
    void aTerminalShowsOneLineThatGoesAwayInTheEnd() {
        try (ProgressLine line = new ProgressLine("books", new PrintWriter(written), true)) {
            line.accept(at(2, 0.25));
            line.accept(at(2.1, 0.26));
            line.accept(at(4, 0.5));
        }
        String[] drawn = written.toString().split("\r");
        assertThat(drawn[1])
                .isEqualTo("books [======>                 ]  25 %  25.0 MB/s  1,234,567 tokens  0:06 left");
        assertThat(drawn[2])
                .startsWith("books [============>")
                .contains(" 50 %")
                .contains("0:04 left");
        assertThat(drawn[3]).isBlank();
        assertThat(written.toString()).doesNotContain("\n").endsWith("\r");
    }

    @Test
    void elsewhereALineComesEveryFiveSeconds() {
        try (ProgressLine line = new ProgressLine("books", new PrintWriter(written), false)) {
            for (int second = 1; second <= 12; second++) {
                line.accept(at(second, Double.NaN));
            }
        }
        assertThat(written.toString().lines())
                .containsExactly("books  10.0 MB/s  1,234,567 tokens", "books  5.0 MB/s  1,234,567 tokens");
    }

    @Test
    void hoursAreShown() {
        try (ProgressLine line = new ProgressLine("web", new PrintWriter(written), false)) {
            line.accept(at(3600, 0.1));
        }
        assertThat(written.toString()).contains("9:00:00 left");
    }

    @Test
    void theEndIsAFullBar() {
        try (ProgressLine line = new ProgressLine("web", new PrintWriter(written), false)) {
            line.accept(at(10, 1));
        }
        assertThat(written.toString())
                .contains("web [========================] 100 %")
                .contains("0:00 left");
    }
}
