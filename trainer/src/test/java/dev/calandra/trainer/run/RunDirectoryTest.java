package dev.calandra.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.checkpoints.RunClaim;
import dev.calandra.checkpoints.RunInUseException;
import dev.calandra.trainer.metrics.MetricsJson;
import java.io.IOException;
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
        return MetricsJson.ofEvaluation(step, Map.of("books", 1.0 / step), Map.of("books", 2.0 / step), Map.of(), 0.5);
    }

    private void write(int from, int to, long restoredStep) throws IOException {
        try (RunDirectory run = RunDirectory.open(folder.toString(), RunClaim.Rival.RESPECT);
                MetricsLog metrics = run.metrics(restoredStep)) {
            IntStream.rangeClosed(from, to).forEach(step -> metrics.append(line(step)));
        }
    }

    @Test
    void keepsOneConfigTheLatest() throws IOException {
        try (RunDirectory run = RunDirectory.open(folder.toString(), RunClaim.Rival.RESPECT)) {
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
        try (RunDirectory first = RunDirectory.open(folder.toString(), RunClaim.Rival.RESPECT)) {
            assertThatThrownBy(() -> RunDirectory.open(folder.toString(), RunClaim.Rival.RESPECT))
                    .isInstanceOf(RunInUseException.class)
                    .hasMessageContaining(first.location())
                    .hasMessageContaining("process " + ProcessHandle.current().pid());
        }
        RunDirectory.open(folder.toString(), RunClaim.Rival.RESPECT).close();
    }
}
