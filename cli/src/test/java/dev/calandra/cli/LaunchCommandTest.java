package dev.calandra.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ranks as processes that are killed and stopped; and what cannot be launched. */
@Timeout(240)
class LaunchCommandTest {

    private static final int STEPS = 24;

    @TempDir
    private static Path folder;

    private static TinyRun tiny;

    @BeforeAll
    static void prepare() throws IOException {
        tiny = TinyRun.prepare(folder);
        Path launcher = Files.createDirectories(folder.resolve("scripts")).resolve("calandra");
        Files.writeString(launcher, "#!/bin/sh\nexec " + String.join(" ", java()) + " \"$@\"\n");
        assertThat(launcher.toFile().setExecutable(true)).isTrue();
    }

    /** This build, by a small and quick JVM. */
    private static List<String> java() {
        return List.of(
                ProcessHandle.current().info().command().orElseThrow(),
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "--add-opens",
                "java.base/java.nio=ALL-UNNAMED",
                "-Xmx512m",
                "-XX:TieredStopAtLevel=1",
                "-Dcalandra.home=" + folder,
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName());
    }

    @Test
    void whatCannotBeLaunchedIsRefused() {
        Terminal other = Terminal.run("launch", "--ranks", "2", "evaluate", TinyRun.PICO);
        assertThat(other.status()).isEqualTo(2);
        assertThat(other.err()).contains("'evaluate' cannot be launched");
        Terminal none = Terminal.run("launch", "--ranks", "0", "pretrain", TinyRun.PICO);
        assertThat(none.status()).isEqualTo(2);
        assertThat(none.err()).contains("--ranks must be at least 1");
        Terminal local = tiny.run("pretrain", "--local-ranks", "3");
        assertThat(local.status()).isEqualTo(2);
        assertThat(local.err()).contains("cannot be shared out among the ranks (2 sequences for 3)");
    }

    @ParameterizedTest
    @Tag("long")
    @CsvSource({"KILL,1,signal 9", "STOP,0,rank 0 gave no sign of life"})
    void aLostRankIsReplacedAndTheRunEndsAsIfNothingHadHappened(String signal, int rank, String named)
            throws Exception {
        boolean installed = Stream.of(System.getenv("PATH").split(File.pathSeparator))
                .anyMatch(path -> Files.isExecutable(Path.of(path, "mpirun")));
        if (!installed) {
            System.err.println(
                    "*** SKIPPED: mpirun is missing, so no rank was killed; apt-get install -y openmpi-bin ***");
        }
        assumeTrue(installed, "mpirun is missing");
        Path run = folder.resolve("run-" + signal);
        Path output = folder.resolve("output-" + signal);
        Process launch = launch(run, output);
        awaitStep(run, 12, launch, output);
        long victim = processOf(launch, rank);
        new ProcessBuilder("kill", "-" + signal, Long.toString(victim)).start().waitFor();
        assertThat(launch.waitFor(200, TimeUnit.SECONDS)).isTrue();
        String said = Files.readString(output);
        assertThat(launch.exitValue()).as(said).isZero();
        assertThat(said).containsOnlyOnce(named).containsOnlyOnce("going on from step");
        assertThat(losses(run)).hasSize(STEPS).isEqualTo(undisturbed());
    }

    private static List<String> undisturbed() throws IOException {
        Path run = folder.resolve("undisturbed");
        Terminal terminal = tiny.run("pretrain", more(run, "--local-ranks", "2"));
        assertThat(terminal.status()).as(terminal.err()).isZero();
        return losses(run);
    }

    private static String[] more(Path run, String... options) {
        List<String> more = new ArrayList<>();
        for (String set : List.of(
                "run.directory=" + run,
                "run.steps=" + STEPS,
                "run.save_every=5",
                "run.evaluate_every=0",
                "parallel.expert=2",
                "parallel.patience_seconds=5")) {
            more.addAll(List.of("--set", set));
        }
        more.addAll(List.of(options));
        return more.toArray(String[]::new);
    }

    private static Process launch(Path run, Path output) throws IOException {
        List<String> command = new ArrayList<>(java());
        command.addAll(List.of("launch", "--ranks", "2", "--restarts", "2", "pretrain", TinyRun.PICO));
        for (String set : tiny.settings()) {
            command.addAll(List.of("--set", set));
        }
        command.addAll(List.of(more(run)));
        return new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .start();
    }

    private static void awaitStep(Path run, int step, Process launch, Path output) throws Exception {
        Path metrics = run.resolve("metrics.jsonl");
        while (!Files.exists(metrics) || Files.readAllLines(metrics).size() < step) {
            assertThat(launch.isAlive()).as(Files.readString(output)).isTrue();
            Thread.sleep(20);
        }
    }

    /** The process below the launcher that Open MPI has given this rank. */
    private static long processOf(Process launch, int rank) throws IOException {
        String variable = "OMPI_COMM_WORLD_RANK=" + rank;
        for (ProcessHandle process : launch.descendants().toList()) {
            Path environment = Path.of("/proc", Long.toString(process.pid()), "environ");
            Optional<String> command = process.info().command();
            if (command.isPresent()
                    && command.get().endsWith("java")
                    && List.of(Files.readString(environment, StandardCharsets.ISO_8859_1)
                                    .split("\0"))
                            .contains(variable)) {
                return process.pid();
            }
        }
        throw new AssertionError("no process of rank " + rank);
    }

    /** What does not depend on the clock, of every step. */
    private static List<String> losses(Path run) throws IOException {
        return Files.readAllLines(run.resolve("metrics.jsonl")).stream()
                .filter(line -> line.contains("\"event\":\"step\""))
                .map(line -> line.replaceFirst(",\"time\":.*", ""))
                .toList();
    }
}
