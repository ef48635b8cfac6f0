package dev.calandra.trainer.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.calandra.engine.profile.KernelCall;
import dev.calandra.engine.profile.Profile;
import dev.calandra.engine.profile.Work;
import java.io.IOException;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ChromeTraceTest {

    private static final Work WORK = new Work("f32[4x8] \"f32[2x8]\"", 128, 300);

    private static final Profile PROFILE = new Profile(
            List.of(new Profile.Step(-1_000_000, 3_500), new Profile.Step(-900_000, 4_000)),
            List.of(
                    new KernelCall("linear", WORK, -999_000, 1_250),
                    new KernelCall("fill", WORK, -997_000, 10),
                    new KernelCall("linear", WORK, -899_000, 1_000)));

    private static JsonNode trace() throws IOException {
        StringWriter text = new StringWriter();
        ChromeTrace.write(PROFILE, text);
        return new ObjectMapper().readTree(text.toString());
    }

    @Test
    void stepsAndTheirCallsStandInTheOrderOfTime() throws IOException {
        List<String> names = new ArrayList<>();
        List<Double> starts = new ArrayList<>();
        for (JsonNode event : trace()) {
            names.add(event.get("name").textValue());
            starts.add(event.get("ts").doubleValue());
        }

        assertThat(names).containsExactly("step 1", "linear", "fill", "step 2", "linear");
        assertThat(starts).containsExactly(0.0, 1.0, 3.0, 100.0, 101.0);
    }

    @Test
    void everyEventIsCompleteAndOnOneRow() throws IOException {
        assertThat(trace().isArray()).isTrue();
        assertThat(trace()).allSatisfy(event -> {
            assertThat(event.get("ph").textValue()).isEqualTo("X");
            assertThat(event.get("dur").isNumber()).isTrue();
            assertThat(event.get("pid").intValue()).isEqualTo(1);
            assertThat(event.get("tid").intValue()).isEqualTo(1);
        });
    }

    @Test
    void aCallTellsItsWork() throws IOException {
        JsonNode call = trace().get(1);

        assertThat(call.get("cat").textValue()).isEqualTo("kernel");
        assertThat(call.get("dur").doubleValue()).isEqualTo(1.25);
        assertThat(call.get("args").get("shapes").textValue()).isEqualTo(WORK.shapes());
        assertThat(call.get("args").get("flops").longValue()).isEqualTo(128);
        assertThat(call.get("args").get("bytes").longValue()).isEqualTo(300);
    }
}
