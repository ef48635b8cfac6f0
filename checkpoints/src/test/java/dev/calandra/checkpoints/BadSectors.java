package dev.calandra.checkpoints;

import dev.calandra.storage.FileName;
import dev.calandra.storage.InputFile;
import dev.calandra.storage.LocalStorage;
import dev.calandra.storage.OutputFile;
import dev.calandra.storage.Storage;
import dev.calandra.storage.StorageEntry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** Local disk of which some files fail when they are read, and which counts what is read. */
final class BadSectors implements Storage {
    private final Storage disk = new LocalStorage();

    /** Part of a location, and how many reads of such files fail from now on. */
    final Map<String, Integer> bad = new HashMap<>();

    /** What such a read fails with. */
    IOException failure = new IOException("Input/output error");

    private long bytesRead;

    /** Bytes read since the last call. */
    long bytesRead() {
        long bytes = bytesRead;
        bytesRead = 0;
        return bytes;
    }

    @Override
    public OutputFile createFile(String location) throws IOException {
        return disk.createFile(location);
    }

    @Override
    public InputFile openFile(String location) throws IOException {
        InputFile file = disk.openFile(location);
        return new InputFile() {
            @Override
            public long length() {
                return file.length();
            }

            @Override
            public void readFully(long position, ByteBuffer target) throws IOException {
                for (Map.Entry<String, Integer> entry : bad.entrySet()) {
                    if (location.contains(entry.getKey()) && entry.getValue() > 0) {
                        entry.setValue(entry.getValue() - 1);
                        throw failure;
                    }
                }
                bytesRead += target.remaining();
                file.readFully(position, target);
            }

            @Override
            public void close() throws IOException {
                file.close();
            }
        };
    }

    @Override
    public String child(String folder, FileName name) throws IOException {
        return disk.child(folder, name);
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
