package dev.calandra.trainer.run;

import dev.calandra.storage.FileName;
import dev.calandra.storage.InputFile;
import dev.calandra.storage.LocalStorage;
import dev.calandra.storage.OutputFile;
import dev.calandra.storage.Storage;
import dev.calandra.storage.StorageEntry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Local disk that is full for {@code metrics.jsonl} when it is told so: half of what is written arrives, and a sync fails. */
public final class FullDisk implements Storage {
    private final Storage disk = new LocalStorage();

    /** Writes and creations fail. */
    public boolean full;

    /** Syncs fail, and what they should have made durable is torn out of the file. */
    public boolean losesOnSync;

    @Override
    public OutputFile createFile(String location) throws IOException {
        boolean metrics = location.contains("metrics.jsonl");
        if (metrics && full) {
            throw new IOException("No space left on device");
        }
        OutputFile file = disk.createFile(location);
        return metrics ? new Metrics(file) : file;
    }

    private final class Metrics implements OutputFile {
        private final OutputFile file;

        Metrics(OutputFile file) {
            this.file = file;
        }

        @Override
        public int write(ByteBuffer source) throws IOException {
            if (full) {
                file.write(source.limit(source.limit() / 2));
                throw new IOException("No space left on device");
            }
            return losesOnSync ? source.remaining() : file.write(source);
        }

        @Override
        public void sync() throws IOException {
            if (full || losesOnSync) {
                throw new IOException("Input/output error");
            }
            file.sync();
        }

        @Override
        public boolean isOpen() {
            return file.isOpen();
        }

        @Override
        public void close() throws IOException {
            file.close();
        }
    }

    @Override
    public String child(String folder, FileName name) throws IOException {
        return disk.child(folder, name);
    }

    @Override
    public InputFile openFile(String location) throws IOException {
        return disk.openFile(location);
    }

    @Override
    public long length(String location) throws IOException {
        return disk.length(location);
    }

    @Override
    public boolean exists(String location) throws IOException {
        return disk.exists(location);
    }

    @Override
    public List<StorageEntry> list(String folder) throws IOException {
        return disk.list(folder);
    }

    @Override
    public void createFolders(String folder) throws IOException {
        disk.createFolders(folder);
    }

    @Override
    public void renameFolder(String source, String target) throws IOException {
        disk.renameFolder(source, target);
    }

    @Override
    public void replaceFile(String source, String target) throws IOException {
        disk.replaceFile(source, target);
    }

    @Override
    public void syncFolder(String folder) throws IOException {
        disk.syncFolder(folder);
    }

    @Override
    public void delete(String location) throws IOException {
        disk.delete(location);
    }

    @Override
    public OptionalLong freeBytes(String folder) throws IOException {
        return disk.freeBytes(folder);
    }

    @Override
    public Optional<Path> localPath(String location) {
        return disk.localPath(location);
    }

    @Override
    public void close() throws IOException {
        disk.close();
    }
}
