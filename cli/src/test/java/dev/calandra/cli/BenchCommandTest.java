package dev.calandra.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.InstanceOfAssertFactories.DOUBLE;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
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
        for (String rate :
                List.of("copy", "plain_write", "write", "save", "plain_read", "verify", "load", "load_unverified")) {
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
        List<JsonNode> events = complete(trace);
        assertThat(events.getFirst().get("name").textValue()).isEqualTo("step 1");
        assertThat(events)
                .extracting(event -> event.get("ts").doubleValue())
                .isSorted()
                .first(DOUBLE)
                .isNotNegative();
        assertThat(result.get("collectives")).isEmpty();
    }

    private static List<JsonNode> complete(Path trace) throws IOException {
        return StreamSupport.stream(new ObjectMapper().readTree(trace.toFile()).spliterator(), false)
                .filter(event -> event.get("ph").textValue().equals("X"))
                .toList();
    }

    @Test
    void severalRanksSayWhatTheySend() throws IOException {
        Path trace = folder.resolve("ranks.json");
        TinyRun tiny = new TinyRun(folder);
        String[] options = {
            "--steps", "1", "--local-ranks", "2", "--set", "parallel.expert=2", "--trace", trace.toString()
        };

        Terminal terminal = tiny.run("bench", options);
        List<String> json = new ArrayList<>(List.of(options));
        json.add("--json");
        Terminal asJson = tiny.run("bench", json.toArray(String[]::new));

        assertThat(terminal.status()).as(terminal.err()).isZero();
        assertThat(terminal.out())
                .contains("2 over threads of one JVM, parallel.expert 2")
                .containsPattern("FOR +COLLECTIVE +WHERE +CALLS +MB SENT +MS +HIDDEN")
                .containsPattern("dispatch +all_to_all +foreground")
                .containsPattern("combine +all_to_all +foreground")
                .containsPattern("gradients +reduce_scatter +background")
                .containsPattern("weights +all_gather +foreground")
                .containsPattern("--latency \\d\\.\\d\\de-\\d\\d --bandwidth \\d\\.\\d\\de\\+\\d\\d");
        JsonNode fields = new ObjectMapper().readTree(asJson.out());
        assertThat(fields.get("latency").doubleValue()).isPositive();
        assertThat(fields.get("bandwidth").doubleValue()).isPositive();
        JsonNode lines = fields.get("collectives");
        assertThat(lines).anySatisfy(line -> {
            assertThat(line.get("for").textValue()).isEqualTo("weights");
            assertThat(line.get("bytes_per_step").doubleValue()).isPositive();
            assertThat(line.get("ms_per_step").doubleValue()).isPositive();
        });
        assertThat(complete(trace))
                .extracting(event -> event.get("pid").intValue())
                .contains(0, 1);
    }

    @Test
    void ranksThatCannotShareTheBatchAreRefused() {
        Terminal terminal = new TinyRun(folder).run("bench", "--local-ranks", "3");

        assertThat(terminal.status()).isEqualTo(2);
        assertThat(terminal.err()).contains("cannot be shared out among the ranks (2 sequences for 3)");
    }

    @Test
    void aTraceThatCannotBeWrittenIsReportedBeforeTheMeasurement() {
        Path trace = folder.resolve("missing").resolve("trace.json");

        Terminal terminal = new TinyRun(folder).run("bench", "--trace", trace.toString());

        assertThat(terminal.status()).isEqualTo(3);
        assertThat(terminal.err()).contains(trace + ": no such file or folder").doesNotContain("warm-up");
    }
}
