package dev.calandra.storage.testing;

import dev.calandra.storage.FileName;
import dev.calandra.storage.InputFile;
import dev.calandra.storage.OutputFile;
import dev.calandra.storage.Storage;
import dev.calandra.storage.StorageEntry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/** Storage that passes everything on to another, for tests that change an operation or two. */
public abstract class ForwardingStorage implements Storage {
    private final Storage target;

    /** @param target closed with this */
    protected ForwardingStorage(Storage target) {
        this.target = target;
    }

    @Override
    public String child(String folder, FileName name) throws IOException {
        return target.child(folder, name);
    }

    @Override
    public OutputFile createFile(String location) throws IOException {
        return target.createFile(location);
    }

    @Override
    public InputFile openFile(String location) throws IOException {
        return target.openFile(location);
    }

    @Override
    public long length(String location) throws IOException {
        return target.length(location);
    }

    @Override
    public boolean exists(String location) throws IOException {
        return target.exists(location);
    }

    @Override
    public List<StorageEntry> list(String folder) throws IOException {
        return target.list(folder);
    }

    @Override
    public void createFolders(String folder) throws IOException {
        target.createFolders(folder);
    }

    @Override
    public void renameFolder(String source, String destination) throws IOException {
        target.renameFolder(source, destination);
    }

    @Override
    public void replaceFile(String source, String destination) throws IOException {
        target.replaceFile(source, destination);
    }

    @Override
    public void syncFolder(String folder) throws IOException {
        target.syncFolder(folder);
    }

    @Override
    public void delete(String location) throws IOException {
        target.delete(location);
    }

    @Override
    public OptionalLong freeBytes(String folder) throws IOException {
        return target.freeBytes(folder);
    }

    @Override
    public Optional<Path> localPath(String location) {
        return target.localPath(location);
    }

    @Override
    public void close() throws IOException {
        target.close();
    }
}
