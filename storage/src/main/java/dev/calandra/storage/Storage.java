package dev.calandra.storage;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * The file operations that durable data needs, with the same meaning on every backend. A location is an absolute string that this storage
 * (and nobody else) interprets; {@link #child} is the only way to make a longer one.
 *
 * <p>Errors: a missing file or folder is {@link java.nio.file.NoSuchFileException}, an existing one that must not exist is
 * {@link java.nio.file.FileAlreadyExistsException}, on every backend; anything else is an {@link IOException}. After an exception from
 * {@link #renameFolder} or {@link #replaceFile} the outcome may be unknown (the reply of a remote server can be lost): the caller looks.
 *
 * <p>Implementations may be used by many threads; the files they hand out by one thread at a time.
 */
public interface Storage extends AutoCloseable {

    /**
     * The location of an entry of a folder. Fails when the entry exists and is a link that leads out of the folder, so that a name read from
     * a file cannot reach another place.
     */
    String child(String folder, FileName name) throws IOException;

    /** Creates a file that must not exist, in a folder that must; of several callers exactly one succeeds. */
    OutputFile createFile(String location) throws IOException;

    /** Opens a file for reads at any position. Of one that is not finished, since its writer died, everything that was synced is there. */
    InputFile openFile(String location) throws IOException;

    /** Length of a finished file in bytes. */
    long length(String location) throws IOException;

    /** Whether a file or a folder is there. */
    boolean exists(String location) throws IOException;

    /** The entries of a folder, sorted by name. */
    List<StorageEntry> list(String folder) throws IOException;

    /** Creates a folder and its missing parents, durably; does nothing when it exists. */
    void createFolders(String folder) throws IOException;

    /** Moves a folder in one atomic step; never replaces or enters an existing one. Durable after {@link #syncFolder} of the parent. */
    void renameFolder(String source, String target) throws IOException;

    /** Moves a file in one atomic step, replacing the target if there is one. Durable after {@link #syncFolder} of the parent. */
    void replaceFile(String source, String target) throws IOException;

    /** Makes creations, renames and deletions in this folder survive a loss of power. */
    void syncFolder(String folder) throws IOException;

    /** Deletes a file, or a folder with everything in it, without following links; does nothing when it is not there. */
    void delete(String location) throws IOException;

    /** Bytes that can still be written below this folder, where the backend can tell; quotas may allow less. */
    OptionalLong freeBytes(String folder) throws IOException;

    /** The path of a location on local disk, for readers that map files into memory; empty when it is not on local disk. */
    Optional<Path> localPath(String location);

    @Override
    void close() throws IOException;
}
