package dev.calandra.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.configs.CheckpointException;
import dev.calandra.trainer.metrics.MetricsJson;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunDirectoryTest {

    @TempDir
    private Path parent;

    private Path folder;

    @BeforeEach
    void place() {
        folder = parent.resolve("runs").resolve("one");
    }

    private static String line(int step) {
        return MetricsJson.ofEvaluation(step, Map.of("books", 1.0 / step), 0.5);
    }

    private void write(int from, int to, long restoredStep) throws IOException {
        try (RunDirectory run = RunDirectory.open(folder.toString());
                MetricsLog metrics = run.metrics(restoredStep)) {
            IntStream.rangeClosed(from, to).forEach(step -> metrics.append(line(step)));
        }
    }

    @Test
    void keepsOneConfigTheLatest() throws IOException {
        try (RunDirectory run = RunDirectory.open(folder.toString())) {
            run.writeConfig("a: 1\n");
            run.writeConfig("a: 2\n");
        }
        assertThat(folder.resolve("config.yaml")).hasContent("a: 2");
        assertThat(folder).isDirectoryNotContaining("glob:**.next");
    }

    @Test
    void metricsOfAResumedRunReadAsOneRun() throws IOException {
        write(1, 7, 0);
        write(6, 9, 5);
        assertThat(Files.readAllLines(folder.resolve("metrics.jsonl")))
                .isEqualTo(IntStream.rangeClosed(1, 9)
                        .mapToObj(RunDirectoryTest::line)
                        .toList());
    }

    @Test
    void aTornLastLineIsDropped() throws IOException {
        write(1, 3, 0);
        Path file = folder.resolve("metrics.jsonl");
        Files.writeString(file, Files.readString(file) + line(4).substring(0, 20));
        write(4, 4, 3);
        assertThat(Files.readAllLines(file)).hasSize(4).endsWith(line(4));
    }

    @Test
    void whatADiskMadeOfTheLinesAfterTheCheckpointIsDropped() throws IOException {
        write(1, 3, 0);
        Path file = folder.resolve("metrics.jsonl");
        Files.writeString(file, Files.readString(file) + "\0\0\0\n" + line(2) + "\n");
        write(4, 4, 3);
        assertThat(Files.readAllLines(file)).containsExactly(line(1), line(2), line(3), line(4));
    }

    @Test
    void aNewRunStartsWithEmptyMetrics() throws IOException {
        write(1, 3, 0);
        write(1, 1, 0);
        assertThat(Files.readAllLines(folder.resolve("metrics.jsonl"))).containsExactly(line(1));
    }

    @Test
    void aSecondTrainerIsRefusedUntilTheFirstIsGone() throws IOException {
        try (RunDirectory first = RunDirectory.open(folder.toString())) {
            assertThatThrownBy(() -> RunDirectory.open(folder.toString()))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining(first.location())
                    .hasMessageContaining("process " + ProcessHandle.current().pid());
        }
        RunDirectory.open(folder.toString()).close();
        assertThat(folder.resolve("lock")).doesNotExist();
    }

    @Test
    void theLockOfADeadProcessIsTakenOver() throws IOException, InterruptedException {
        Process dead = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-version")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        dead.waitFor();
        writeLock(InetAddress.getLocalHost().getHostName(), dead.pid(), "2026-01-01T00:00:00Z");
        RunDirectory.open(folder.toString()).close();
    }

    @Test
    void theLockOfALaterProcessWithTheSameNumberIsTakenOver() throws IOException {
        writeLock(
                InetAddress.getLocalHost().getHostName(),
                ProcessHandle.current().pid(),
                "1999-01-01T00:00:00Z");
        RunDirectory.open(folder.toString()).close();
    }

    @Test
    void theLockOfAnotherHostOrADamagedOneIsLeftToTheUser() throws IOException {
        writeLock("elsewhere.example", 1, "2026-01-01T00:00:00Z");
        assertThatThrownBy(() -> RunDirectory.open(folder.toString()))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("host elsewhere.example, process 1")
                .hasMessageContaining("delete " + folder.resolve("lock"));
        Files.writeString(folder.resolve("lock"), "{\"host\":");
        assertThatThrownBy(() -> RunDirectory.open(folder.toString()))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("damaged");
    }

    private void writeLock(String host, long pid, String started) throws IOException {
        Files.createDirectories(folder);
        Files.writeString(
                folder.resolve("lock"),
                "{\"host\":\"%s\",\"pid\":%d,\"started\":\"%s\"}".formatted(host, pid, started));
    }
}
