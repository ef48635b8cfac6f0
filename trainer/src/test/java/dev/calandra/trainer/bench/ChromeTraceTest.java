package dev.calandra.trainer.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.calandra.engine.collective.Collective;
import dev.calandra.engine.collective.CollectiveCall;
import dev.calandra.engine.collective.Purpose;
import dev.calandra.engine.profile.KernelCall;
import dev.calandra.engine.profile.Profile;
import dev.calandra.engine.profile.Work;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;

class ChromeTraceTest {

    private static final Work WORK = new Work("f32[4x8] \"f32[2x8]\"", 128, 300);

    private static final Profile PROFILE = new Profile(
            List.of(new Profile.Step(-1_000_000, 3_500), new Profile.Step(-900_000, 4_000)),
            List.of(
                    new KernelCall("linear", WORK, -999_000, 1_250),
                    new KernelCall("fill", WORK, -997_000, 10),
                    new KernelCall("linear", WORK, -899_000, 1_000)));

    private static final long COMPUTING = 17;

    /** Rank 1 also sends weights while it waits, and gradients meanwhile. */
    private static final RankTimeline TIMELINE = new RankTimeline(
            1,
            COMPUTING,
            -1_000_000,
            PROFILE,
            List.of(new Span(-999_000, 2_100)),
            List.of(
                    new CollectiveCall(Purpose.GRADIENTS, Collective.REDUCE_SCATTER, 18, 640, -998_000, 500),
                    new CollectiveCall(Purpose.WEIGHTS, Collective.ALL_GATHER, COMPUTING, 64, -996_900, 200)));

    private static List<JsonNode> trace() throws IOException {
        String other = ChromeTrace.events(new RankTimeline(0, COMPUTING, 0, PROFILE, List.of(), List.of()));
        JsonNode all = new ObjectMapper().readTree(ChromeTrace.join(List.of(other, ChromeTrace.events(TIMELINE))));
        assertThat(all.isArray()).isTrue();
        return StreamSupport.stream(all.spliterator(), false)
                .filter(event -> event.get("pid").intValue() == 1)
                .toList();
    }

    private static List<JsonNode> complete() throws IOException {
        return trace().stream()
                .filter(event -> event.get("ph").textValue().equals("X"))
                .toList();
    }

    @Test
    void whatARankDidStandsInTheOrderOfTime() throws IOException {
        List<String> names = new ArrayList<>();
        List<Double> starts = new ArrayList<>();
        for (JsonNode event : complete()) {
            names.add(event.get("name").textValue());
            starts.add(event.get("ts").doubleValue());
        }

        assertThat(names)
                .containsExactly(
                        "step 1",
                        "backward",
                        "linear",
                        "gradients: reduce_scatter",
                        "fill",
                        "weights: all_gather",
                        "step 2",
                        "linear");
        assertThat(starts).containsExactly(0.0, 1.0, 1.0, 2.0, 3.0, 3.1, 100.0, 101.0);
    }

    @Test
    void theComputationHasOneRowAndEachBackgroundThreadAnother() throws IOException {
        assertThat(complete()).allSatisfy(event -> {
            boolean background = event.get("name").textValue().startsWith("gradients");
            assertThat(event.get("tid").intValue()).isEqualTo(background ? 2 : 1);
            assertThat(event.get("dur").isNumber()).isTrue();
        });
        assertThat(trace())
                .filteredOn(event -> event.get("ph").textValue().equals("M"))
                .extracting(
                        event -> event.get("tid").intValue(),
                        event -> event.get("args").get("name").textValue())
                .containsExactly(tuple(1, "rank 1"), tuple(1, "computing"), tuple(2, "collectives in the background"));
    }

    @Test
    void aCallTellsItsWork() throws IOException {
        JsonNode call = complete().get(2);

        assertThat(call.get("cat").textValue()).isEqualTo("kernel");
        assertThat(call.get("dur").doubleValue()).isEqualTo(1.25);
        assertThat(call.get("args").get("shapes").textValue()).isEqualTo(WORK.shapes());
        assertThat(call.get("args").get("flops").longValue()).isEqualTo(128);
        assertThat(call.get("args").get("bytes").longValue()).isEqualTo(300);
        assertThat(complete().get(3).get("args").get("bytes_sent").longValue()).isEqualTo(640);
    }
}
