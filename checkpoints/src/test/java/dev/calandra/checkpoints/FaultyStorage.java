package dev.calandra.checkpoints;

import dev.calandra.storage.FileName;
import dev.calandra.storage.InputFile;
import dev.calandra.storage.OutputFile;
import dev.calandra.storage.Storage;
import dev.calandra.storage.StorageEntry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Local storage of which the k-th operation fails in a chosen way; afterwards it works on, or is dead as after a crash. Syncs are modelled, not
 * performed: no test loses its power, and thousands of them would wait for the disk.
 */
final class FaultyStorage implements Storage {
    /** How the chosen operation fails. */
    enum Fault {
        /** Nothing happens, and an exception. */
        BEFORE,
        /** It happens, and an exception: the reply is lost. */
        AFTER,
        /** Half of it happens, and an exception. */
        TORN,
        /** An exception, and of every file that was not synced only the first half is still there. */
        UNSYNCED_LOST
    }

    private final Storage storage;
    private final int failAt;
    private final Fault fault;
    private final boolean dead;
    private final Set<String> unsynced = new HashSet<>();
    private int operations;
    private boolean fired;
    private boolean firedInRename;

    FaultyStorage(Storage storage, int failAt, Fault fault, boolean dead) {
        this.storage = storage;
        this.failAt = failAt;
        this.fault = fault;
        this.dead = dead;
    }

    /** Storage that never fails. */
    static FaultyStorage sound(Storage storage) {
        return new FaultyStorage(storage, -1, Fault.BEFORE, false);
    }

    /** Whether there were enough operations to reach the chosen one. */
    boolean fired() {
        return fired;
    }

    /** Whether the chosen operation was the rename of a folder. */
    boolean firedInRename() {
        return firedInRename;
    }

    @FunctionalInterface
    private interface Operation<T> {
        T run() throws IOException;
    }

    @FunctionalInterface
    private interface Action {
        void run() throws IOException;
    }

    private <T> T attempt(Operation<T> operation, Action half) throws IOException {
        if (fired && dead) {
            throw new IOException("the process is dead");
        }
        if (operations++ != failAt) {
            return operation.run();
        }
        fired = true;
        switch (fault) {
            case BEFORE -> {}
            case AFTER -> operation.run();
            case TORN -> half.run();
            case UNSYNCED_LOST -> loseUnsynced();
        }
        throw new IOException("injected fault");
    }

    private void attempt(Action action, Action half) throws IOException {
        attempt(
                () -> {
                    action.run();
                    return null;
                },
                half);
    }

    private void loseUnsynced() throws IOException {
        for (String location : unsynced) {
            if (Files.exists(Path.of(location))) {
                try (FileChannel channel = FileChannel.open(Path.of(location), StandardOpenOption.WRITE)) {
                    channel.truncate(channel.size() / 2);
                }
            }
        }
    }

    @Override
    public String child(String folder, FileName name) throws IOException {
        return storage.child(folder, name);
    }

    @Override
    public OutputFile createFile(String location) throws IOException {
        OutputFile file = attempt(() -> storage.createFile(location), () -> {});
        unsynced.add(location);
        return new OutputFile() {
            @Override
            public int write(ByteBuffer source) throws IOException {
                return attempt(
                        () -> file.write(source),
                        () -> file.write(source.slice().limit(source.remaining() / 2)));
            }

            @Override
            public void sync() throws IOException {
                attempt(() -> {}, () -> {});
                unsynced.remove(location);
            }

            @Override
            public boolean isOpen() {
                return file.isOpen();
            }

            @Override
            public void close() throws IOException {
                // A dying process closes its files too, so nothing leaks from the test.
                file.close();
                attempt(() -> {}, () -> {});
            }
        };
    }

    @Override
    public InputFile openFile(String location) throws IOException {
        InputFile file = attempt(() -> storage.openFile(location), () -> {});
        return new InputFile() {
            @Override
            public long length() {
                return file.length();
            }

            @Override
            public void readFully(long position, ByteBuffer target) throws IOException {
                attempt(() -> file.readFully(position, target), () -> {});
            }

            @Override
            public void close() throws IOException {
                file.close();
            }
        };
    }

    @Override
    public long length(String location) throws IOException {
        return attempt(() -> storage.length(location), () -> {});
    }

    @Override
    public boolean exists(String location) throws IOException {
        return attempt(() -> storage.exists(location), () -> {});
    }

    @Override
    public List<StorageEntry> list(String folder) throws IOException {
        return attempt(() -> storage.list(folder), () -> {});
    }

    @Override
    public void createFolders(String folder) throws IOException {
        attempt(() -> Files.createDirectories(Path.of(folder)), () -> {});
    }

    @Override
    public void renameFolder(String source, String target) throws IOException {
        boolean firedBefore = fired;
        try {
            attempt(() -> storage.renameFolder(source, target), () -> {});
            follow(source, target);
        } finally {
            firedInRename |= fired && !firedBefore;
        }
    }

    /** Unsynced files are still unsynced under the new name of their folder. */
    private void follow(String source, String target) {
        for (String location : List.copyOf(unsynced)) {
            if (location.startsWith(source + "/")) {
                unsynced.remove(location);
                unsynced.add(target + location.substring(source.length()));
            }
        }
    }

    @Override
    public void replaceFile(String source, String target) throws IOException {
        attempt(() -> storage.replaceFile(source, target), () -> {});
    }

    @Override
    public void syncFolder(String folder) throws IOException {
        attempt(() -> {}, () -> {});
    }

    @Override
    public void delete(String location) throws IOException {
        attempt(() -> storage.delete(location), () -> deleteFirstFile(location));
    }

    private void deleteFirstFile(String location) throws IOException {
        Path folder = Path.of(location);
        if (Files.isDirectory(folder)) {
            for (StorageEntry entry : storage.list(location)) {
                Files.delete(folder.resolve(entry.name()));
                return;
            }
        }
    }

    @Override
    public OptionalLong freeBytes(String folder) throws IOException {
        return attempt(() -> storage.freeBytes(folder), () -> {});
    }

    @Override
    public Optional<Path> localPath(String location) {
        return storage.localPath(location);
    }

    @Override
    public void close() throws IOException {
        storage.close();
    }
}
