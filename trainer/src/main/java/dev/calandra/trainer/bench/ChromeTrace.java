package dev.calandra.trainer.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.calandra.engine.collective.CollectiveCall;
import dev.calandra.engine.profile.KernelCall;
import dev.calandra.engine.profile.Profile;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Timelines of ranks as a JSON array of complete events ("Trace Event Format"), which chrome://tracing and Perfetto open. Each
 * rank is a process of the trace. Its first row has steps, the backward passes in them, kernels, and collectives that the computation
 * waits for; each further row has the collectives of one background thread. Time starts when the ranks have met before the first
 * step.
 */
public final class ChromeTrace {
    private static final JsonFactory JSON = new JsonFactory();
    private static final double NANOS_PER_MICRO = 1e3;
    private static final int COMPUTING = 1;

    private ChromeTrace() {}

    private record Event(String name, String category, int row, long start, long nanos, Map<String, Object> facts) {}

    /** The events of one rank, in the order of their start: the inside of a JSON array. */
    static String events(RankTimeline timeline) {
        List<Event> events = new ArrayList<>();
        int number = 0;
        for (Profile.Step step : timeline.profile().steps()) {
            number++;
            events.add(new Event("step " + number, "step", COMPUTING, step.startNanos(), step.nanos(), Map.of()));
        }
        for (Span span : timeline.backward()) {
            events.add(new Event("backward", "pass", COMPUTING, span.startNanos(), span.nanos(), Map.of()));
        }
        timeline.profile().calls().forEach(call -> events.add(event(call)));
        Map<Long, Integer> rows = new LinkedHashMap<>(Map.of(timeline.thread(), COMPUTING));
        for (CollectiveCall call : timeline.collectives()) {
            int row = rows.computeIfAbsent(call.thread(), thread -> COMPUTING + rows.size());
            events.add(event(call, row));
        }
        events.sort(Comparator.comparingLong(Event::start));
        StringWriter text = new StringWriter();
        try (JsonGenerator json = JSON.createGenerator(text)) {
            json.setRootValueSeparator(null);
            new Writer(json, text, timeline).write(events, rows.size());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return text.toString();
    }

    /** One trace of the events of all ranks. */
    static String join(List<String> ranks) {
        return "[" + String.join(",", ranks) + "\n]\n";
    }

    private static Event event(KernelCall call) {
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("shapes", call.work().shapes());
        facts.put("flops", call.work().flops());
        facts.put("bytes", call.work().bytes());
        return new Event(call.kernel(), "kernel", COMPUTING, call.startNanos(), call.nanos(), facts);
    }

    private static Event event(CollectiveCall call, int row) {
        String name = call.purpose().label() + ": " + call.collective().label();
        return new Event(name, "collective", row, call.startNanos(), call.nanos(), Map.of("bytes_sent", call.bytes()));
    }

    /** Writes the events of one rank. */
    private record Writer(JsonGenerator json, StringWriter text, RankTimeline timeline) {

        void write(List<Event> events, int rows) throws IOException {
            name("process_name", COMPUTING, "rank " + timeline.rank());
            for (int row = COMPUTING; row < COMPUTING + rows; row++) {
                name("thread_name", row, row == COMPUTING ? "computing" : "collectives in the background");
            }
            for (Event event : events) {
                write(event);
            }
        }

        private void name(String what, int row, String name) throws IOException {
            begin(what, "M", row);
            json.writeObjectFieldStart("args");
            json.writeStringField("name", name);
            json.writeEndObject();
            json.writeEndObject();
        }

        private void write(Event event) throws IOException {
            begin(event.name, "X", event.row);
            json.writeStringField("cat", event.category);
            json.writeNumberField("ts", (event.start - timeline.origin()) / NANOS_PER_MICRO);
            json.writeNumberField("dur", event.nanos / NANOS_PER_MICRO);
            if (!event.facts.isEmpty()) {
                json.writeObjectFieldStart("args");
                for (Map.Entry<String, Object> fact : event.facts.entrySet()) {
                    json.writeObjectField(fact.getKey(), fact.getValue());
                }
                json.writeEndObject();
            }
            json.writeEndObject();
        }

        private void begin(String name, String phase, int row) throws IOException {
            json.flush();
            json.writeRaw(text.getBuffer().isEmpty() ? "\n" : ",\n");
            json.writeStartObject();
            json.writeStringField("name", name);
            json.writeStringField("ph", phase);
            json.writeNumberField("pid", timeline.rank());
            json.writeNumberField("tid", row);
        }
    }
}
