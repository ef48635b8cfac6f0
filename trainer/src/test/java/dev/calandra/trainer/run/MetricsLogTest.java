package dev.calandra.trainer.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.configs.CheckpointException;
import dev.calandra.storage.InputFile;
import dev.calandra.storage.LocalStorage;
import dev.calandra.storage.Storage;
import dev.calandra.trainer.metrics.MetricsJson;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MetricsLogTest {

    @TempDir
    private Path folder;

    private final FullDisk disk = new FullDisk();

    private static String line(int step) {
        return MetricsJson.ofEvaluation(step, Map.of("books", 1.0 / step), Map.of("books", 2.0 / step), Map.of(), 0.5);
    }

    private static List<String> lines(int from, int to) {
        return IntStream.rangeClosed(from, to).mapToObj(MetricsLogTest::line).toList();
    }

    private MetricsLog open(Storage storage, long step) throws IOException {
        return MetricsLog.open(storage, folder.toString(), step, () -> {});
    }

    private static void append(MetricsLog log, int from, int to) {
        lines(from, to).forEach(log::append);
    }

    private List<String> written() throws IOException {
        return Files.readAllLines(folder.resolve("metrics.jsonl"));
    }

    @Test
    void linesThatTheDiskDidNotTakeAreWrittenWhenItDoes() throws IOException {
        try (MetricsLog log = open(disk, 0)) {
            append(log, 1, 3);
            log.sync();
            append(log, 4, 4);
            disk.full = true;
            append(log, 5, 7);
            assertThatThrownBy(log::sync)
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("metrics.jsonl: cannot be written (No space left on device), 4 lines wait");
            assertThat(written()).startsWith(line(1), line(2), line(3));
            append(log, 8, 8);
            disk.full = false;
            append(log, 9, 9);
            log.sync();
            assertThat(written()).isEqualTo(lines(1, 9));
            append(log, 10, 10);
        }
        assertThat(written()).isEqualTo(lines(1, 10));
    }

    @Test
    void whatAFailedSyncMayHaveLostIsWrittenAgain() throws IOException {
        try (MetricsLog log = open(disk, 0)) {
            append(log, 1, 3);
            log.sync();
            disk.losesOnSync = true;
            append(log, 4, 6);
            assertThatThrownBy(log::sync).isInstanceOf(CheckpointException.class);
            disk.losesOnSync = false;
            log.sync();
        }
        assertThat(written()).isEqualTo(lines(1, 6));
    }

    @Test
    void linesAreNotKeptInMemoryWithoutEnd() throws IOException {
        int most = 10 * line(1).length();
        try (MetricsLog log = MetricsLog.open(disk, folder.toString(), 0, () -> {}, most)) {
            append(log, 1, 100);
            assertThat(written()).startsWith(line(1)).hasSizeGreaterThan(80);
            disk.full = true;
            assertThatThrownBy(() -> append(log, 101, 200)).isInstanceOf(CheckpointException.class);
            disk.full = false;
        }
    }

    @Test
    void aProcessThatWasReplacedLeavesTheFileToItsSuccessor() throws IOException {
        boolean[] replaced = new boolean[1];
        MetricsLog log = MetricsLog.open(disk, folder.toString(), 0, () -> {
            if (replaced[0]) {
                throw new CheckpointException("superseded");
            }
        });
        append(log, 1, 2);
        log.sync();
        disk.full = true;
        append(log, 3, 3);
        disk.full = false;
        replaced[0] = true;
        MetricsLog successor = open(disk, 2);
        append(successor, 3, 4);
        successor.sync();
        assertThatThrownBy(log::close).hasMessageContaining("superseded");
        assertThat(written()).isEqualTo(lines(1, 4));
        successor.close();
    }

    @Test
    void aFileThatDoesNotReachTheRestoredStepIsLeftAlone() throws IOException {
        try (MetricsLog log = open(disk, 0)) {
            append(log, 1, 4);
        }
        Path file = folder.resolve("metrics.jsonl");
        String damaged = Files.readString(file).replace(line(3), "\0\0\0");
        Files.writeString(file, damaged);

        assertThatThrownBy(() -> open(disk, 4))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(file.toString())
                .hasMessageContaining("whole up to step 2 only")
                .hasMessageContaining("resumes from step 4")
                .hasMessageContaining("move it away");
        assertThat(file).hasContent(damaged);

        Files.delete(file);
        open(disk, 4).close();
        assertThat(file).isEmptyFile();
    }

    @Test
    void aLineWithoutItsEndIsNotOne() throws IOException {
        Files.writeString(folder.resolve("metrics.jsonl"), line(1) + "\n" + line(2));

        assertThatThrownBy(() -> open(disk, 2)).hasMessageContaining("whole up to step 1 only");
    }

    /** A file of more than an array can hold, of which a disk stores only the lines at its front. */
    @Test
    void aFileLargerThanTheHeapIsCutWhereTheStepEnds() throws IOException {
        byte[] front = String.join("\n", lines(1, 20_000)).concat("\n").getBytes();
        InputFile large = new InputFile() {
            @Override
            public long length() {
                return 1L << 40;
            }

            @Override
            public void readFully(long position, ByteBuffer target) {
                assertThat(target.remaining()).isLessThanOrEqualTo(KeptLines.CHUNK_BYTES);
                while (target.hasRemaining()) {
                    target.put(position < front.length ? front[(int) position] : (byte) '\n');
                    position++;
                }
            }

            @Override
            public void close() {}
        };
        assertThat(front.length).isGreaterThan(2 * KeptLines.CHUNK_BYTES);
        assertThat(KeptLines.upTo(large, 1L << 30)).isEqualTo(new KeptLines(front.length, 20_000));
        String upTo = String.join("\n", lines(1, 12_345)) + "\n";
        assertThat(KeptLines.upTo(large, 12_345)).isEqualTo(new KeptLines(upTo.length(), 12_345));
    }

    @Test
    void aLongFileIsCopiedWhole() throws IOException {
        LocalStorage local = new LocalStorage();
        Files.writeString(folder.resolve("metrics.jsonl"), String.join("\n", lines(1, 20_000)) + "\n");
        try (MetricsLog log = open(local, 19_999)) {
            append(log, 20_000, 20_001);
        }
        assertThat(written()).isEqualTo(lines(1, 20_001));
    }
}
