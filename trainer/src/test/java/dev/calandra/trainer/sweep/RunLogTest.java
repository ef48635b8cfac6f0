package dev.calandra.trainer.sweep;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.configs.DataException;
import dev.calandra.laws.records.RunRecord;
import dev.calandra.laws.records.RunStatus;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunLogTest {

    @TempDir
    private Path folder;

    private static RunRecord record(String name) {
        return new RunRecord(
                name, RunStatus.FINISHED, null, 0, 10, 8, 6, 4, 100, 1e3, 2e3, 1e-3, 16, Map.of(), 3.5, 3.25);
    }

    @Test
    void recordsAreReadBackAndNoneIsWrittenTwice() throws IOException {
        Path file = folder.resolve("runs.jsonl");
        try (RunLog log = RunLog.open(file)) {
            log.append(record("a"));
            log.append(record("b"));
            assertThatThrownBy(() -> log.append(record("a"))).hasMessageContaining("has a record of a already");
        }
        try (RunLog log = RunLog.open(file)) {
            assertThat(log.records()).containsExactly(record("a"), record("b"));
            assertThat(log.contains("b")).isTrue();
            assertThat(log.contains("c")).isFalse();
        }
    }

    @Test
    void aTornLastLineIsCutOffWhereverItIsTorn() throws IOException {
        String whole = record("a").toJson() + "\n";
        String next = record("b").toJson();
        Path file = folder.resolve("runs.jsonl");
        for (int length = 1; length <= next.length(); length++) {
            Files.writeString(file, whole + next.substring(0, length));
            try (RunLog log = RunLog.open(file)) {
                assertThat(log.records()).containsExactly(record("a"));
                log.append(record("b"));
            }
            assertThat(Files.readString(file)).isEqualTo(whole + next + "\n");
        }
    }

    @Test
    void aDamagedLineInTheMiddleIsNotPassedOver() throws IOException {
        Path file = folder.resolve("runs.jsonl");
        Files.writeString(file, record("a").toJson() + "\n{\"name\":\n", StandardOpenOption.CREATE);

        assertThatThrownBy(() -> RunLog.open(file))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("runs.jsonl:2: not a run record");
    }
}
