package dev.calandra.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class LocalStorageTest extends StorageContractTest {
    private final LocalStorage storage = new LocalStorage();

    @TempDir
    Path folder;

    @Override
    Storage storage() {
        return storage;
    }

    @Override
    String folder() {
        return folder.toString();
    }

    @Test
    void aLinkThatLeadsOutIsRefused() throws IOException {
        Files.createDirectories(folder.resolve("inside"));
        Files.writeString(folder.resolve("secret"), "x");
        Files.createSymbolicLink(folder.resolve("inside/shard"), folder.resolve("secret"));
        Files.createSymbolicLink(folder.resolve("inside/alias"), folder.resolve("inside"));

        assertThatThrownBy(() -> storage.child(at("inside"), new FileName("shard")))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("leads out of its folder");
        assertThat(storage.child(at("inside"), new FileName("alias"))).endsWith("alias");
    }

    /** As a folder that may not be entered, or a disk that fails: nobody knows what is there. */
    @Test
    void whatCannotBeLookedAtIsNotSaidToBeAbsent() throws IOException {
        Files.createSymbolicLink(folder.resolve("round"), folder.resolve("about"));
        Files.createSymbolicLink(folder.resolve("about"), folder.resolve("round"));

        assertThatThrownBy(() -> storage.exists(folder.resolve("round").toString()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("round");
    }

    @Test
    void nothingIsBelowAFile() throws IOException {
        write(at("file"), "x");
        assertThat(storage.exists(folder.resolve("file/manifest.json/x").toString()))
                .isFalse();
        assertThat(storage.exists(folder.resolve("nowhere/manifest.json").toString()))
                .isFalse();
    }

    @Test
    void deleteDoesNotFollowLinks() throws IOException {
        Files.createDirectories(folder.resolve("run"));
        Files.writeString(folder.resolve("kept"), "x");
        Files.createSymbolicLink(folder.resolve("run/link"), folder);

        storage.delete(at("run"));

        assertThat(folder.resolve("kept")).exists();
        assertThat(folder.resolve("run")).doesNotExist();
    }

    @Test
    void othersCannotReadOrWrite() throws IOException {
        storage.createFolders(at("run"));
        write(at("run", "shard"), "x");

        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("run"))))
                .endsWith("---");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("run/shard"))))
                .startsWith("rw-")
                .endsWith("---");
    }

    /** Transfers are cut at 8 MiB. */
    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 1})
    void buffersAroundTheChunkSize(int more) throws IOException {
        byte[] bytes = new byte[(8 << 20) + more];
        new Random(more).nextBytes(bytes);
        try (OutputFile file = storage.createFile(at("large"))) {
            assertThat(file.write(ByteBuffer.wrap(bytes))).isEqualTo(bytes.length);
        }
        ByteBuffer back = ByteBuffer.allocate(bytes.length);
        try (InputFile file = storage.openFile(at("large"))) {
            file.readFully(0, back);
        }
        assertThat(Arrays.equals(back.array(), bytes)).isTrue();
    }

    @Test
    void pathsOfLocalFilesAreKnown() throws IOException {
        assertThat(storage.localPath(at("a"))).contains(folder.resolve("a"));
    }
}
