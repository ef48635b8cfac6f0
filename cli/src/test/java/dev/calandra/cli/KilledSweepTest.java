package dev.calandra.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A sweep that is killed again and again ends with what one ends with that nobody disturbs. */
@Tag("long")
class KilledSweepTest {
    private static final int RUNS = 4;
    private static final int STEPS = 150;
    private static final int KILLS = 3;
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(5);

    @TempDir
    private Path folder;

    @Test
    @Timeout(300)
    void finishedRunsAreNotRepeatedNoLineIsTornAndTheResultIsTheSame() throws Exception {
        long seed = System.nanoTime();
        System.out.println("KilledSweepTest: seed " + seed);
        SplittableRandom random = new SplittableRandom(seed);
        TinyRun tiny = TinyRun.prepare(folder);
        Path killed = folder.resolve("killed");
        Map<Path, String> endedRuns = new HashMap<>();
        List<String> recorded = List.of();
        for (int kill = 0; kill < KILLS; kill++) {
            long from = (long) RUNS * STEPS * kill / KILLS;
            long steps = from + 1 + random.nextInt(RUNS * STEPS / KILLS - 1);
            Process process = sweep(tiny, killed);
            await(process, killed, steps);
            process.destroyForcibly();
            assertThat(process.waitFor()).as("ended by SIGKILL").isEqualTo(137);

            List<String> lines = wholeLines(killed);
            assertUntouched(killed, recorded, endedRuns);
            recorded = lines;
            endedRuns = metricsOf(killed, lines);
            // What a kill between two writes would leave.
            if (!lines.isEmpty()) {
                String half = lines.getFirst().substring(0, lines.getFirst().length() / 2);
                Files.writeString(killed.resolve("runs.jsonl"), half, StandardOpenOption.APPEND);
            }
        }
        assertThat(status(sweep(tiny, killed))).as(errors(killed)).isZero();
        Path undisturbed = folder.resolve("undisturbed");
        assertThat(status(sweep(tiny, undisturbed))).as(errors(undisturbed)).isZero();

        assertUntouched(killed, recorded, endedRuns);
        assertThat(Files.readString(killed.resolve("runs.jsonl"))).endsWith("\n");
        assertThat(Files.readAllLines(killed.resolve("runs.jsonl")))
                .hasSize(RUNS)
                .containsExactlyInAnyOrderElementsOf(Files.readAllLines(undisturbed.resolve("runs.jsonl")));
    }

    private static void assertUntouched(Path directory, List<String> recorded, Map<Path, String> endedRuns)
            throws IOException {
        assertThat(wholeLines(directory).stream().limit(recorded.size())).containsExactlyElementsOf(recorded);
        Map<Path, String> metrics = metrics(directory);
        endedRuns.forEach((run, text) ->
                assertThat(metrics.get(run)).as("%s, which had a record", run).isEqualTo(text));
    }

    /** Four runs, two at a time, that save every few steps. */
    private Process sweep(TinyRun tiny, Path directory) throws IOException {
        Path file = folder.resolve(directory.getFileName() + ".yaml");
        Files.writeString(file, """
                base: %s
                directory: %s
                set: {derive.tokens: %d}
                grid: {optimizer.learning_rate: [1e-3, 2e-3], run.seed: [1, 2]}
                """.formatted(TinyRun.PICO, directory, STEPS * 64));
        List<String> arguments = new ArrayList<>(List.of("sweep", file.toString(), "--cores", "2"));
        for (String set : tiny.settings()) {
            if (!set.startsWith("run.steps") && !set.startsWith("run.directory") && !set.startsWith("run.save_every")) {
                arguments.addAll(List.of("--set", set));
            }
        }
        arguments.addAll(List.of("--set", "run.save_every=7"));
        return ChildProcess.start(arguments, folder.resolve(directory.getFileName() + ".err"));
    }

    private String errors(Path directory) throws IOException {
        return Files.readString(folder.resolve(directory.getFileName() + ".err"));
    }

    private static int status(Process process) throws InterruptedException {
        assertThat(process.waitFor(200, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    /** Waits until all runs together have done so many steps. */
    private void await(Process process, Path directory, long steps) throws Exception {
        while (steps(directory) < steps) {
            assertThat(process.isAlive())
                    .as("%d steps of %d, then: %s", steps(directory), steps, errors(directory))
                    .isTrue();
            Thread.sleep(BETWEEN_LOOKS);
        }
    }

    private static long steps(Path directory) throws IOException {
        return metrics(directory).values().stream()
                .mapToLong(text -> text.split("\"event\":\"step\"", -1).length - 1L)
                .sum();
    }

    /** The metrics of every run, by folder. */
    private static Map<Path, String> metrics(Path directory) throws IOException {
        Map<Path, String> metrics = new HashMap<>();
        if (Files.isDirectory(directory)) {
            try (Stream<Path> runs = Files.list(directory)) {
                for (Path run : runs.filter(Files::isDirectory).toList()) {
                    Path file = run.resolve("metrics.jsonl");
                    if (Files.exists(file)) {
                        metrics.put(run, new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
                    }
                }
            }
        }
        return metrics;
    }

    private static Map<Path, String> metricsOf(Path directory, List<String> records) throws IOException {
        Map<Path, String> metrics = metrics(directory);
        metrics.keySet()
                .removeIf(run -> records.stream()
                        .noneMatch(record -> record.contains("\"name\":\"" + run.getFileName() + "\"")));
        return metrics;
    }

    private static List<String> wholeLines(Path directory) throws IOException {
        Path file = directory.resolve("runs.jsonl");
        if (!Files.exists(file)) {
            return List.of();
        }
        String text = Files.readString(file);
        return text.substring(0, text.lastIndexOf('\n') + 1).lines().toList();
    }
}
