package dev.calandra.checkpoints;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;

/**
 * The process behind a claim, as its epoch file names it.
 *
 * @param host name of its host
 * @param pid its number there
 * @param processStarted tells it from a later process with the same number
 * @param claimed when, by its own clock; shown to people, never compared to decide anything
 */
record Claimant(String host, long pid, String processStarted, Instant claimed) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** The process that asks. */
    static Claimant thisProcess(Instant now) throws IOException {
        ProcessHandle self = ProcessHandle.current();
        return new Claimant(InetAddress.getLocalHost().getHostName(), self.pid(), start(self), now);
    }

    private static String start(ProcessHandle process) {
        return process.info().startInstant().map(Instant::toString).orElse("unknown");
    }

    /** Whether the process is known to have ended, which can only be known on its own host. */
    boolean isGoneFrom(String thisHost) {
        return host.equals(thisHost)
                && ProcessHandle.of(pid)
                        .map(process -> !process.isAlive() || !start(process).equals(processStarted))
                        .orElse(true);
    }

    byte[] toBytes() {
        return JSON.createObjectNode()
                .put("host", host)
                .put("pid", pid)
                .put("process_started", processStarted)
                .put("claimed", claimed.toString())
                .toString()
                .getBytes(StandardCharsets.UTF_8);
    }

    /** Empty when the bytes are not a whole claim: its writer crashed over it, or is writing it now. */
    static Optional<Claimant> parse(byte[] bytes) {
        try {
            JsonNode json = JSON.readTree(new String(bytes, StandardCharsets.UTF_8));
            return Optional.of(new Claimant(
                    json.required("host").asText(),
                    json.required("pid").longValue(),
                    json.required("process_started").asText(),
                    Instant.parse(json.required("claimed").asText())));
        } catch (JsonProcessingException | IllegalArgumentException | DateTimeParseException e) {
            return Optional.empty();
        }
    }

    /** For messages: host, process and how long ago. */
    String describe(Instant now) {
        return "host " + host + ", process " + pid + ", since " + age(Duration.between(claimed, now));
    }

    private static String age(Duration age) {
        if (age.isNegative()) {
            return "a moment that lies ahead on this host's clock";
        }
        return age.toHours() > 0
                ? age.toHours() + " h " + age.toMinutesPart() + " min"
                : age.toMinutes() > 0 ? age.toMinutes() + " min " + age.toSecondsPart() + " s" : age.toSeconds() + " s";
    }
}
