package dev.calandra.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BenchCommandTest {

    @TempDir
    private Path folder;

    @Test
    void savingAndLoadingIsMeasuredAndLeavesNothing() throws IOException {
        Path place = folder.resolve("place");

        Terminal terminal =
                new TinyRun(folder).run("bench", "--steps", "1", "--json", "--checkpoint", place.toString());

        assertThat(terminal.status()).as(terminal.err()).isZero();
        JsonNode rates = new ObjectMapper().readTree(terminal.out());
        assertThat(rates.get("bytes").longValue()).isGreaterThan(1_000_000);
        for (String rate : List.of("copy", "plain_write", "write", "save", "plain_read", "load", "load_unverified")) {
            assertThat(rates.get(rate).doubleValue()).as(rate).isPositive();
        }
        assertThat(place).isEmptyDirectory();
    }

    @Test
    void aProfileStandsInTheJsonAndInTheTrace() throws IOException {
        Path trace = folder.resolve("trace.json");

        Terminal terminal =
                new TinyRun(folder).run("bench", "--steps", "1", "--profile", "--json", "--trace", trace.toString());

        assertThat(terminal.status()).as(terminal.err()).isZero();
        JsonNode result = new ObjectMapper().readTree(terminal.out());
        assertThat(result.get("tokens_per_second").doubleValue()).isPositive();
        double total = result.get("between_kernels_ms").doubleValue();
        for (JsonNode line : result.get("profile")) {
            total += line.get("ms_per_step").doubleValue();
        }
        double step = result.get("profiled_step_ms").doubleValue();
        assertThat(total).isBetween(step * (1 - 1e-9), step * (1 + 1e-9));
        JsonNode events = new ObjectMapper().readTree(trace.toFile());
        assertThat(events.get(0).get("name").textValue()).isEqualTo("step 1");
        double last = 0;
        for (JsonNode event : events) {
            assertThat(event.get("ts").doubleValue()).isGreaterThanOrEqualTo(last);
            last = event.get("ts").doubleValue();
        }
    }

    @Test
    void aTraceThatCannotBeWrittenIsReportedBeforeTheMeasurement() {
        Path trace = folder.resolve("missing").resolve("trace.json");

        Terminal terminal = new TinyRun(folder).run("bench", "--trace", trace.toString());

        assertThat(terminal.status()).isEqualTo(3);
        assertThat(terminal.err()).contains(trace + ": no such file or folder").doesNotContain("warm-up");
    }
}
