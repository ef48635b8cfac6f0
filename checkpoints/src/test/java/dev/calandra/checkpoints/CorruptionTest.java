package dev.calandra.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.configs.CheckpointException;
import dev.calandra.storage.LocalStorage;
import dev.calandra.storage.Storage;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** No change of any bit, and no change of length, goes unseen. */
class CorruptionTest {
    private static final Storage DISK = new LocalStorage();
    private static final String SHARD = "rank-0000-of-0001.safetensors";

    @TempDir
    Path run;

    private Path step;

    @BeforeEach
    void oneStepIsSaved() {
        Samples.store(DISK, run.toString(), 2)
                .save(7, Samples.of(7).sources(), Samples.of(7).state());
        step = run.resolve("step-000000007");
    }

    private boolean isDetected(Path damaged) {
        try {
            Checkpoint.open(DISK, step.toString(), Verification.CHECKSUMS).close();
            return false;
        } catch (CorruptCheckpointException e) {
            return e.file().equals(damaged.toString());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {SHARD, "manifest.json"})
    void everySingleBit(String name) throws IOException {
        Path path = step.resolve(name);
        byte[] bytes = Files.readAllBytes(path);
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            for (int bit = 0; bit < bytes.length * 8; bit++) {
                file.seek(bit / 8);
                file.write(bytes[bit / 8] ^ (1 << bit % 8));
                assertThat(isDetected(path)).as("%s, bit %d", name, bit).isTrue();
                file.seek(bit / 8);
                file.write(bytes[bit / 8]);
            }
        }
        Checkpoint.open(DISK, step.toString(), Verification.CHECKSUMS).close();
    }

    @ParameterizedTest
    @ValueSource(strings = {SHARD, "manifest.json"})
    void everyTruncationAndAnAddedByte(String name) throws IOException {
        Path path = step.resolve(name);
        byte[] bytes = Files.readAllBytes(path);
        for (int length = 0; length < bytes.length; length++) {
            Files.write(path, Arrays.copyOf(bytes, length));
            assertThat(isDetected(path)).as("%s cut to %d bytes", name, length).isTrue();
        }
        for (int added : new int[] {0, ' ', '\n', 0xff}) {
            byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
            longer[bytes.length] = (byte) added;
            Files.write(path, longer);
            assertThat(isDetected(path))
                    .as("%s with byte %d added", name, added)
                    .isTrue();
        }
        Files.delete(path);
        assertThat(isDetected(path)).as("%s deleted", name).isTrue();
    }

    @Test
    void shardsOfAnotherSaveOfTheSameSize() throws IOException {
        Path other = run.resolve("other");
        Samples.store(DISK, other.toString(), 2)
                .save(7, Samples.of(8).sources(), Samples.of(7).state());
        Files.write(
                step.resolve(SHARD),
                Files.readAllBytes(other.resolve("step-000000007").resolve(SHARD)));

        assertThat(isDetected(step.resolve(SHARD))).isTrue();
    }

    /** Even to a file with the right bytes: what it leads to may change after it was checked. */
    @ParameterizedTest
    @ValueSource(strings = {SHARD, "manifest.json"})
    void aLinkOutOfTheFolderIsRefused(String name) throws IOException {
        Path outside = Files.move(step.resolve(name), run.resolve("elsewhere"));
        Files.createSymbolicLink(step.resolve(name), outside);

        assertThatThrownBy(() -> Checkpoint.open(DISK, step.toString(), Verification.CHECKSUMS))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(name)
                .hasMessageContaining("link");
    }

    @Test
    void headersAloneDoNotSeeAFlippedWeight() throws IOException {
        byte[] bytes = Files.readAllBytes(step.resolve(SHARD));
        bytes[bytes.length - 1] ^= 1;
        Files.write(step.resolve(SHARD), bytes);

        Checkpoint.open(DISK, step.toString(), Verification.HEADERS).close();
        assertThat(isDetected(step.resolve(SHARD))).isTrue();
    }
}
