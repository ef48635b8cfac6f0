package dev.calandra.trainer.bench;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.calandra.engine.profile.KernelCall;
import dev.calandra.engine.profile.Profile;
import java.io.IOException;
import java.io.Writer;

/**
 * A profile as a JSON array of complete events ("Trace Event Format"), which chrome://tracing and Perfetto open. Calls and
 * the steps around them stand on one row; time starts with the first step.
 */
public final class ChromeTrace {
    private static final JsonFactory JSON = new JsonFactory();
    private static final double NANOS_PER_MICRO = 1e3;

    private ChromeTrace() {}

    /** Writes the events in the order of their start, and closes the writer. */
    public static void write(Profile profile, Writer writer) throws IOException {
        long origin = profile.steps().getFirst().startNanos();
        try (JsonGenerator json = JSON.createGenerator(writer)) {
            json.writeStartArray();
            int written = 0;
            int number = 0;
            for (Profile.Step step : profile.steps()) {
                number++;
                start(json, "step " + number, "step", step.startNanos() - origin, step.nanos());
                json.writeEndObject();
                long end = step.startNanos() + step.nanos();
                while (written < profile.calls().size()
                        && profile.calls().get(written).startNanos() < end) {
                    write(json, profile.calls().get(written), origin);
                    written++;
                }
            }
            json.writeEndArray();
        }
    }

    private static void write(JsonGenerator json, KernelCall call, long origin) throws IOException {
        start(json, call.kernel(), "kernel", call.startNanos() - origin, call.nanos());
        json.writeObjectFieldStart("args");
        json.writeStringField("shapes", call.work().shapes());
        json.writeNumberField("flops", call.work().flops());
        json.writeNumberField("bytes", call.work().bytes());
        json.writeEndObject();
        json.writeEndObject();
    }

    private static void start(JsonGenerator json, String name, String category, long fromNanos, long nanos)
            throws IOException {
        json.writeRaw('\n');
        json.writeStartObject();
        json.writeStringField("name", name);
        json.writeStringField("cat", category);
        json.writeStringField("ph", "X");
        json.writeNumberField("ts", fromNanos / NANOS_PER_MICRO);
        json.writeNumberField("dur", nanos / NANOS_PER_MICRO);
        json.writeNumberField("pid", 1);
        json.writeNumberField("tid", 1);
    }
}
