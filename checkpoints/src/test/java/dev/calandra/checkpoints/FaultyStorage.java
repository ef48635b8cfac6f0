package dev.calandra.checkpoints;

import dev.calandra.storage.FileName;
import dev.calandra.storage.InputFile;
import dev.calandra.storage.OutputFile;
import dev.calandra.storage.Storage;
import dev.calandra.storage.StorageEntry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * A model of storage of which the k-th operation fails in a chosen way. Afterwards it works on; or it is dead, as after a crash of the
 * process; or it stays full. One object stands for one process and all its threads.
 */
final class FaultyStorage implements Storage {
    /** How the chosen operation fails. */
    enum Fault {
        /** Nothing happens, and an exception. */
        THROW_BEFORE(false),
        /** The same, and the process is gone. */
        KILLED_BEFORE(true),
        /** It happens, and an exception: the reply is lost. */
        THROW_AFTER(false),
        /** The same, and the process is gone. */
        KILLED_AFTER(true),
        /** Half of it happens, and an exception. */
        TORN(false),
        /** The same, and the process is gone. */
        KILLED_TORN(true),
        /** From here on nothing can be written or created; half of the first write is. */
        NO_SPACE(false),
        /** It does not happen, and nobody is told. */
        FALSE_RETURN(false),
        /** The power goes, with everything that was not synced. */
        POWER_NOTHING(true),
        /** The power goes; names have reached the disk, and half of the bytes. */
        POWER_NAMES(true),
        /** The power goes; the first half of the changes to each folder has reached the disk. */
        POWER_HALF(true);

        private final boolean dead;

        Fault(boolean dead) {
            this.dead = dead;
        }
    }

    private final ModelStorage storage;
    private final int failAt;
    private final Fault fault;
    private int operations;
    private boolean fired;
    private boolean firedInRename;

    FaultyStorage(ModelStorage storage, int failAt, Fault fault) {
        this.storage = storage;
        this.failAt = failAt;
        this.fault = fault;
    }

    /** Whether there were enough operations to reach the chosen one. */
    synchronized boolean fired() {
        return fired;
    }

    /** Whether the chosen operation was the rename of a folder. */
    synchronized boolean firedInRename() {
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

    /** An operation that only looks: half of it is nothing, and its answer cannot be left out. */
    private synchronized <T> T look(Operation<T> operation) throws IOException {
        if (isNext()) {
            powerLoss();
            if (fault != Fault.FALSE_RETURN && fault != Fault.NO_SPACE) {
                throw new IOException("injected fault");
            }
        }
        return operation.run();
    }

    /** An operation that changes something. */
    private synchronized void change(Action action, Action half) throws IOException {
        if (fired && fault == Fault.NO_SPACE) {
            throw new IOException("No space left on device");
        }
        changeUnlessFull(action, half);
    }

    /** One that a full disk does not hinder: deletions, renames, closing. */
    private synchronized void changeUnlessFull(Action action, Action half) throws IOException {
        if (!isNext()) {
            action.run();
            return;
        }
        powerLoss();
        switch (fault) {
            case FALSE_RETURN -> {
                return;
            }
            case THROW_AFTER, KILLED_AFTER -> action.run();
            case TORN, KILLED_TORN, NO_SPACE -> half.run();
            default -> {}
        }
        throw new IOException(fault == Fault.NO_SPACE ? "No space left on device" : "injected fault");
    }

    private boolean isNext() throws IOException {
        if (fired && fault.dead) {
            throw new IOException("the process is dead");
        }
        boolean next = operations++ == failAt;
        fired |= next;
        return next;
    }

    private void powerLoss() {
        switch (fault) {
            case POWER_NOTHING -> storage.losePower(ModelStorage.Survival.NOTHING);
            case POWER_NAMES -> storage.losePower(ModelStorage.Survival.NAMES);
            case POWER_HALF -> storage.losePower(ModelStorage.Survival.HALF);
            default -> {}
        }
    }

    @Override
    public String child(String folder, FileName name) {
        return storage.child(folder, name);
    }

    @Override
    public OutputFile createFile(String location) throws IOException {
        OutputFile[] created = new OutputFile[1];
        change(() -> created[0] = storage.createFile(location), () -> storage.createFile(location));
        // A file system that lies about a creation leaves a handle to nothing.
        OutputFile file =
                created[0] == null ? new ModelStorage(ModelStorage.Semantics.HDFS).createFile("/nothing") : created[0];
        return new FaultyOutput(file);
    }

    private final class FaultyOutput implements OutputFile {
        private final OutputFile file;

        FaultyOutput(OutputFile file) {
            this.file = file;
        }

        @Override
        public int write(ByteBuffer source) throws IOException {
            int count = source.remaining();
            change(() -> file.write(source), () -> file.write(source.slice().limit(count / 2)));
            source.position(source.limit());
            return count;
        }

        @Override
        public void sync() throws IOException {
            change(file::sync, () -> {});
        }

        @Override
        public boolean isOpen() {
            return file.isOpen();
        }

        @Override
        public void close() throws IOException {
            changeUnlessFull(file::close, () -> {});
        }
    }

    @Override
    public InputFile openFile(String location) throws IOException {
        InputFile file = look(() -> storage.openFile(location));
        return new InputFile() {
            @Override
            public long length() {
                return file.length();
            }

            @Override
            public void readFully(long position, ByteBuffer target) throws IOException {
                look(() -> {
                    file.readFully(position, target);
                    return null;
                });
            }

            @Override
            public void close() throws IOException {
                file.close();
            }
        };
    }

    @Override
    public long length(String location) throws IOException {
        return look(() -> storage.length(location));
    }

    @Override
    public boolean exists(String location) throws IOException {
        return look(() -> storage.exists(location));
    }

    @Override
    public List<StorageEntry> list(String folder) throws IOException {
        return look(() -> storage.list(folder));
    }

    @Override
    public void createFolders(String folder) throws IOException {
        change(() -> storage.createFolders(folder), () -> {});
    }

    @Override
    public void renameFolder(String source, String target) throws IOException {
        boolean firedBefore = fired();
        try {
            changeUnlessFull(() -> storage.renameFolder(source, target), () -> {});
        } finally {
            synchronized (this) {
                firedInRename |= fired && !firedBefore;
            }
        }
    }

    @Override
    public void replaceFile(String source, String target) throws IOException {
        changeUnlessFull(() -> storage.replaceFile(source, target), () -> {});
    }

    @Override
    public void syncFolder(String folder) throws IOException {
        change(() -> storage.syncFolder(folder), () -> {});
    }

    @Override
    public void delete(String location) throws IOException {
        changeUnlessFull(() -> storage.delete(location), () -> storage.deleteHalf(location));
    }

    @Override
    public OptionalLong freeBytes(String folder) throws IOException {
        return look(() -> storage.freeBytes(folder));
    }

    @Override
    public Optional<Path> localPath(String location) {
        return storage.localPath(location);
    }

    @Override
    public void close() {
        storage.close();
    }
}
