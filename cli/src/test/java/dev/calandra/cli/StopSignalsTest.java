package dev.calandra.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Real signals to a real process that trains, in several moments of its life. */
@Tag("long")
class StopSignalsTest {
    private static final int STEPS = 400;

    @TempDir
    private static Path folder;

    private static TinyRun tiny;

    @BeforeAll
    static void corpus() {
        tiny = TinyRun.prepare(folder);
    }

    /** A process that trains, each of its saves beside the next steps. */
    private static Process train(Path run, String... more) throws IOException {
        List<String> command = new ArrayList<>(tiny.arguments("pretrain"));
        List<String> sets = new ArrayList<>(
                List.of("run.directory=" + run, "run.steps=" + STEPS, "run.save_every=2", "run.evaluate_every=0"));
        sets.addAll(List.of(more));
        for (String set : sets) {
            command.add("--set");
            command.add(set);
        }
        return ChildProcess.start(command, run.resolveSibling(run.getFileName() + ".err"));
    }

    private static void signal(Process process, String name) throws IOException, InterruptedException {
        assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(process.pid()))
                        .start()
                        .waitFor())
                .isZero();
    }

    /** Waits for a step's line. */
    private static void awaitStep(BufferedReader out, int step) throws IOException {
        String line = out.readLine();
        while (line != null && !line.startsWith("step " + step + "/")) {
            line = out.readLine();
        }
        assertThat(line).as("the line of step %d", step).isNotNull();
    }

    private static int status(Process process) throws InterruptedException {
        assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        return process.exitValue();
    }

    private static List<String> steps(Path run) throws IOException {
        try (Stream<Path> entries = Files.list(run)) {
            return entries.map(entry -> entry.getFileName().toString())
                    .filter(name -> name.startsWith("step-"))
                    .sorted()
                    .toList();
        }
    }

    private static void assertResumable(Path run) {
        Terminal inspected = Terminal.run("inspect", run.toString());
        assertThat(inspected.status()).as(inspected.err()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"TERM,1", "INT,2", "TERM,5", "INT,6"})
    void theFirstSignalFinishesTheStepSavesAndEndsWithStatus75(String name, int afterStep) throws Exception {
        Path run = folder.resolve("first-" + name + afterStep);
        Process process = train(run);
        try (BufferedReader out = process.inputReader()) {
            awaitStep(out, afterStep);
            signal(process, name);
            assertThat(out.lines().count()).as("lines after the signal").isLessThan(10);
            assertThat(status(process)).isEqualTo(75);
        } finally {
            process.destroyForcibly();
        }
        String err = Files.readString(run.resolveSibling(run.getFileName() + ".err"));
        assertThat(err)
                .contains("SIG" + name + ": finishing the step and saving", "the same command goes on from there");
        String saved = err.replaceAll("(?s).*stopped: step (\\d+) of .*", "$1");
        assertThat(steps(run).getLast()).isEqualTo(String.format("step-%09d", Integer.parseInt(saved)));
        assertThat(run.toFile().list()).noneMatch(entry -> entry.startsWith("."));
        assertResumable(run);
    }

    /** The first step goes on for half a minute and more: the process can only be gone because it did not finish it. */
    @ParameterizedTest
    @CsvSource({"TERM,143", "INT,130"})
    void aSecondSignalDoesNotWaitForTheStep(String name, int status) throws Exception {
        Path run = folder.resolve("slow-" + name);
        Process process = train(run, "run.batch_size=40000", "run.micro_batch_size=2");
        Path err = run.resolveSibling(run.getFileName() + ".err");
        try (BufferedReader out = process.inputReader()) {
            assertThat(out.readLine()).as("the line of the run").contains("from the start");
            signal(process, name);
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (!Files.readString(err).contains("finishing the step and saving")) {
                assertThat(System.nanoTime()).as("the first signal is heard").isLessThan(deadline);
                Thread.sleep(10);
            }
            assertThat(process.isAlive())
                    .as("the first signal waits for the step")
                    .isTrue();
            signal(process, name);
            assertThat(status(process)).isEqualTo(status);
            assertThat(out.readLine()).as("a step's line").isNull();
        } finally {
            process.destroyForcibly();
        }
        assertThat(steps(run)).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"TERM,143,0", "INT,130,0", "TERM,143,3", "INT,130,8"})
    void aSecondSignalEndsTheProcessAtOnceAndCorruptsNothing(String name, int status, int millisBetween)
            throws Exception {
        Path run = folder.resolve("second-" + name + millisBetween);
        Process process = train(run);
        try (BufferedReader out = process.inputReader()) {
            awaitStep(out, 4);
            signal(process, name);
            Thread.sleep(millisBetween);
            signal(process, name);
            assertThat(status(process))
                    .as("ended by the signal, or saved before it came")
                    .isIn(status, 75);
        } finally {
            process.destroyForcibly();
        }
        assertResumable(run);
        Process next = train(run);
        try (BufferedReader out = next.inputReader()) {
            assertThat(out.readLine()).as("no --takeover is needed").isNotNull();
            signal(next, "TERM");
            assertThat(out.lines().count()).isLessThan(10);
            assertThat(status(next)).isEqualTo(75);
        } finally {
            next.destroyForcibly();
        }
    }

    @Test
    void aSecondTrainerIsRefusedWithStatus3WhileTheFirstLives() throws Exception {
        Path run = folder.resolve("shared");
        Process first = train(run);
        try (BufferedReader out = first.inputReader()) {
            awaitStep(out, 2);
            List<String> command = new ArrayList<>(tiny.arguments("pretrain"));
            command.addAll(List.of(
                    "--set", "run.directory=" + run, "--set", "run.save_every=2", "--set", "run.steps=" + STEPS));
            Terminal second = Terminal.run(command.toArray(String[]::new));
            assertThat(second.status()).as(second.err()).isEqualTo(3);
            assertThat(second.err()
                            .lines()
                            .filter(line -> line.startsWith("calandra: "))
                            .toList())
                    .singleElement()
                    .asString()
                    .contains("in use by another trainer", "process " + first.pid(), "since ", "--takeover");

            command.addAll(List.of("--takeover", "--stop-after", Integer.toString(STEPS / 2)));
            Terminal taken = Terminal.run(command.toArray(String[]::new));
            assertThat(taken.status()).as(taken.err()).isEqualTo(75);
            assertThat(out.lines().count()).isLessThan(STEPS);
            assertThat(status(first)).as("fenced at its next save").isEqualTo(6);
        } finally {
            first.destroyForcibly();
        }
        assertThat(Files.readString(run.resolveSibling("shared.err")))
                .contains("superseded: epoch 2 was claimed by another trainer");
        assertResumable(run);
    }
}
