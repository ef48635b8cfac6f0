package dev.calandra.checkpoints;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
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
 * @param processStarted by its host's clock; tells it from a later process with the same number where there is no {@code kernel}
 * @param claimed when, by its own clock; shown to people, never compared to decide anything
 * @param launch the launcher that started it, which has one process at a time on a run; empty when there is none
 * @param kernel what tells it apart for certain; empty off Linux and in claims of earlier versions
 */
record Claimant(
        String host, long pid, String processStarted, Instant claimed, String launch, Optional<KernelIdentity> kernel) {
    private static final ObjectMapper JSON = new ObjectMapper();

    /** The process that asks. */
    static Claimant thisProcess(Instant now, String launch) throws IOException {
        ProcessHandle self = ProcessHandle.current();
        return new Claimant(
                InetAddress.getLocalHost().getHostName(),
                self.pid(),
                start(self),
                now,
                launch,
                KernelIdentity.ofThisProcess());
    }

    private static String start(ProcessHandle process) {
        return process.info().startInstant().map(Instant::toString).orElse("unknown");
    }

    /** Whether the process is known to have ended: its launcher, which has ended it, or its own host knows. */
    boolean isGoneFor(Claimant self) {
        return (!launch.isEmpty() && launch.equals(self.launch)) || hasEndedOnHostOf(self);
    }

    /**
     * Whether the process is known to have ended, which can only be known on its own host, among processes that are numbered together. Two
     * containers may have one host name and number their processes apart.
     *
     * @param self the process that asks
     */
    private boolean hasEndedOnHostOf(Claimant self) {
        if (!host.equals(self.host)) {
            return false;
        }
        if (kernel.isPresent() && self.kernel.isPresent()) {
            KernelIdentity then = kernel.get();
            KernelIdentity now = self.kernel.get();
            return then.endedWithItsBoot(now) || then.sharesNumbersWith(now) && !isRunning(then.startTicks());
        }
        Optional<ProcessHandle> process = ProcessHandle.of(pid).filter(ProcessHandle::isAlive);
        // On Linux the start is reckoned from a clock that may have been set since: another start proves nothing.
        return process.isEmpty()
                || self.kernel.isEmpty() && !start(process.get()).equals(processStarted);
    }

    private boolean isRunning(long startTicks) {
        return ProcessHandle.of(pid).map(ProcessHandle::isAlive).orElse(false)
                && KernelIdentity.startTicks(pid)
                        .map(ticks -> ticks == startTicks)
                        .orElse(true);
    }

    byte[] toBytes() {
        ObjectNode node = JSON.createObjectNode()
                .put("host", host)
                .put("pid", pid)
                .put("process_started", processStarted)
                .put("claimed", claimed.toString())
                .put("launch", launch);
        kernel.ifPresent(known -> node.put("machine", known.machine())
                .put("boot_id", known.bootId())
                .put("pid_namespace", known.pidNamespace())
                .put("start_ticks", known.startTicks()));
        return node.toString().getBytes(StandardCharsets.UTF_8);
    }

    /** Empty when the bytes are not a whole claim: its writer crashed over it, or is writing it now. */
    static Optional<Claimant> parse(byte[] bytes) {
        try {
            JsonNode json = JSON.readTree(new String(bytes, StandardCharsets.UTF_8));
            return Optional.of(new Claimant(
                    json.required("host").asText(),
                    json.required("pid").longValue(),
                    json.required("process_started").asText(),
                    Instant.parse(json.required("claimed").asText()),
                    json.path("launch").asText(),
                    kernel(json)));
        } catch (JsonProcessingException | IllegalArgumentException | DateTimeParseException e) {
            return Optional.empty();
        }
    }

    private static Optional<KernelIdentity> kernel(JsonNode json) {
        return json.has("boot_id")
                ? Optional.of(new KernelIdentity(
                        json.required("machine").asText(),
                        json.required("boot_id").asText(),
                        json.required("pid_namespace").asText(),
                        json.required("start_ticks").longValue()))
                : Optional.empty();
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
