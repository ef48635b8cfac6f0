package dev.calandra.trainer.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The most physical memory this process has used so far. */
final class PeakMemory {

    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String PEAK = "VmHWM:";
    private static final int KIB_PER_MIB = 1024;

    private PeakMemory() {}

    /** In MiB: the kernel's own high-water mark on Linux; elsewhere what is resident now, as {@code ps} tells. */
    static long mebibytes() {
        try {
            return (Files.isReadable(STATUS) ? highWaterMark(Files.readAllLines(STATUS)) : residentNow()) / KIB_PER_MIB;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot tell this process's memory", e);
        }
    }

    /** The figure in KiB among the lines of {@code /proc/self/status}. */
    static long highWaterMark(List<String> status) {
        return status.stream()
                .filter(line -> line.startsWith(PEAK))
                .map(line -> line.substring(PEAK.length()).replace("kB", "").trim())
                .mapToLong(Long::parseLong)
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(STATUS + " has no " + PEAK));
    }

    private static long residentNow() throws IOException {
        Process ps = new ProcessBuilder(
                        "ps",
                        "-o",
                        "rss=",
                        "-p",
                        Long.toString(ProcessHandle.current().pid()))
                .start();
        try (var out = ps.getInputStream()) {
            return Long.parseLong(new String(out.readAllBytes(), StandardCharsets.US_ASCII).trim());
        }
    }
}
