package dev.calandra.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What every storage promises; one subclass for each backend. */
abstract class StorageContractTest {
    /** The storage under test. */
    abstract Storage storage();

    /** An empty folder of this test alone. */
    abstract String folder();

    String at(String... names) throws IOException {
        String location = folder();
        for (String name : names) {
            location = storage().child(location, new FileName(name));
        }
        return location;
    }

    void write(String location, String text) throws IOException {
        try (OutputFile file = storage().createFile(location)) {
            file.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
            file.sync();
        }
    }

    String read(String location) throws IOException {
        try (InputFile file = storage().openFile(location)) {
            ByteBuffer bytes = ByteBuffer.allocate((int) file.length());
            file.readFully(0, bytes);
            return new String(bytes.array(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void whatIsWrittenIsRead() throws IOException {
        write(at("a"), "calandra");

        assertThat(read(at("a"))).isEqualTo("calandra");
        assertThat(storage().length(at("a"))).isEqualTo(8);
        assertThat(storage().exists(at("a"))).isTrue();
    }

    /** As its writer left it who died: the second sync is of a block whose length the name node has been told once. */
    @Test
    void aFileThatNobodyClosedIsReadToItsLastSync() throws IOException {
        OutputFile dead = storage().createFile(at("open"));
        for (String part : new String[] {"mountain", " lark"}) {
            dead.write(ByteBuffer.wrap(part.getBytes(StandardCharsets.UTF_8)));
            dead.sync();
        }
        assertThat(read(at("open"))).isEqualTo("mountain lark");
        dead.close();
    }

    @Test
    void emptyFile() throws IOException {
        write(at("empty"), "");

        assertThat(storage().length(at("empty"))).isZero();
        assertThat(read(at("empty"))).isEmpty();
    }

    @Test
    void readsAtAnyPositionIntoHeapAndDirectBuffers() throws IOException {
        byte[] bytes = new byte[300_001];
        new Random(7).nextBytes(bytes);
        try (OutputFile file = storage().createFile(at("large"))) {
            assertThat(file.write(ByteBuffer.wrap(bytes, 0, 5))).isEqualTo(5);
            ByteBuffer direct = ByteBuffer.allocateDirect(bytes.length - 5).put(bytes, 5, bytes.length - 5);
            assertThat(file.write(direct.flip())).isEqualTo(bytes.length - 5);
            file.sync();
        }
        try (InputFile file = storage().openFile(at("large"))) {
            for (ByteBuffer target : new ByteBuffer[] {ByteBuffer.allocate(1000), ByteBuffer.allocateDirect(1000)}) {
                target.position(3);
                file.readFully(123_456, target);
                assertThat(target.hasRemaining()).isFalse();
                assertThat(target.slice(3, 997)).isEqualTo(ByteBuffer.wrap(bytes, 123_456, 997));
            }
        }
    }

    @Test
    void readingPastTheEndIsAnError() throws IOException {
        write(at("short"), "abc");
        try (InputFile file = storage().openFile(at("short"))) {
            assertThatThrownBy(() -> file.readFully(1, ByteBuffer.allocate(3))).isInstanceOf(EOFException.class);
        }
    }

    @Test
    void createFileNeverReplaces() throws IOException {
        write(at("once"), "first");

        assertThatThrownBy(() -> storage().createFile(at("once"))).isInstanceOf(FileAlreadyExistsException.class);
        assertThat(read(at("once"))).isEqualTo("first");
    }

    @Test
    void createFileNeedsItsFolder() {
        assertThatThrownBy(() -> storage().createFile(at("absent", "file"))).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void exactlyOneOfSeveralCreatorsWins() throws Exception {
        String location = at("claim");
        Callable<Boolean> claim = () -> {
            try (OutputFile file = storage().createFile(location)) {
                file.sync();
                return true;
            } catch (FileAlreadyExistsException e) {
                return false;
            }
        };
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            int winners = 0;
            for (Future<Boolean> won :
                    threads.invokeAll(IntStream.range(0, 8).mapToObj(i -> claim).toList())) {
                winners += won.get() ? 1 : 0;
            }
            assertThat(winners).isEqualTo(1);
        }
    }

    @Test
    void missingIsNoSuchFile() throws IOException {
        assertThat(storage().exists(at("absent"))).isFalse();
        assertThatThrownBy(() -> storage().openFile(at("absent"))).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> storage().length(at("absent"))).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> storage().list(at("absent"))).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> storage().renameFolder(at("absent"), at("b"))).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> storage().replaceFile(at("absent"), at("b"))).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void listIsSortedAndTellsFoldersFromFiles() throws IOException {
        write(at("z"), "12345");
        storage().createFolders(at("b"));
        write(at("a"), "1");

        assertThat(storage().list(folder()))
                .containsExactly(
                        new StorageEntry("a", false, 1),
                        new StorageEntry("b", true, 0),
                        new StorageEntry("z", false, 5));
        assertThatThrownBy(() -> storage().list(at("a"))).isInstanceOf(IOException.class);
    }

    @Test
    void createFoldersMakesParentsAndMayBeRepeated() throws IOException {
        storage().createFolders(at("x", "y", "z"));
        storage().createFolders(at("x", "y", "z"));

        assertThat(storage().list(at("x", "y"))).containsExactly(new StorageEntry("z", true, 0));
        write(at("file"), "");
        assertThatThrownBy(() -> storage().createFolders(at("file"))).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> storage().openFile(at("x"))).isInstanceOf(IOException.class);
    }

    @Test
    void renameFolderMovesEverything() throws IOException {
        storage().createFolders(at(".tmp-step"));
        write(at(".tmp-step", "shard"), "data");

        storage().renameFolder(at(".tmp-step"), at("step"));
        storage().syncFolder(folder());

        assertThat(storage().exists(at(".tmp-step"))).isFalse();
        assertThat(read(at("step", "shard"))).isEqualTo("data");
    }

    @Test
    void renameFolderNeverReplacesOrEnters() throws IOException {
        storage().createFolders(at("new"));
        write(at("new", "shard"), "new");
        storage().createFolders(at("full"));
        write(at("full", "shard"), "old");
        storage().createFolders(at("empty"));

        assertThatThrownBy(() -> storage().renameFolder(at("new"), at("full")))
                .isInstanceOf(FileAlreadyExistsException.class);
        assertThatThrownBy(() -> storage().renameFolder(at("new"), at("empty")))
                .isInstanceOf(FileAlreadyExistsException.class);
        assertThat(read(at("full", "shard"))).isEqualTo("old");
        assertThat(storage().list(at("empty"))).isEmpty();
        assertThat(read(at("new", "shard"))).isEqualTo("new");
    }

    @Test
    void replaceFileReplaces() throws IOException {
        write(at("LATEST"), "1");
        write(at("LATEST.tmp"), "2");

        storage().replaceFile(at("LATEST.tmp"), at("LATEST"));

        assertThat(read(at("LATEST"))).isEqualTo("2");
        assertThat(storage().exists(at("LATEST.tmp"))).isFalse();
        storage().createFolders(at("folder"));
        assertThatThrownBy(() -> storage().replaceFile(at("LATEST"), at("folder")))
                .isInstanceOf(FileAlreadyExistsException.class);
    }

    @Test
    void deleteTakesEverythingAndMayBeRepeated() throws IOException {
        storage().createFolders(at("x", "y"));
        write(at("x", "y", "f"), "1");
        write(at("g"), "1");

        storage().delete(at("x"));
        storage().delete(at("x"));
        storage().delete(at("g"));

        assertThat(storage().list(folder())).isEmpty();
    }

    @Test
    void freeSpaceIsKnown() throws IOException {
        assertThat(storage().freeBytes(folder())).isPresent();
        assertThat(storage().freeBytes(folder()).getAsLong()).isPositive();
    }

    @Test
    void syncOfAMissingFolderIsAnError() {
        assertThatThrownBy(() -> storage().syncFolder(at("absent"))).isInstanceOf(NoSuchFileException.class);
    }
}
