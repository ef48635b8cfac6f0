package dev.calandra.storage;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.CreateFlag;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileContext;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Options.CreateOpts;
import org.apache.hadoop.fs.Options.Rename;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.hadoop.fs.StreamCapabilities;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.hdfs.protocol.AlreadyBeingCreatedException;
import org.apache.hadoop.ipc.RemoteException;

/**
 * HDFS through {@link FileContext}, whose rename throws where {@code FileSystem.rename} returns false or moves into an existing folder.
 * Files are created with SYNC_BLOCK and synced with hsync, so that the datanodes have them on disk. The name node's journal makes its own
 * operations durable before it answers: {@link #syncFolder} has nothing left to do. When a reply is lost the outcome is unknown; this class
 * does not guess, the caller reads again.
 */
final class HadoopStorage implements Storage {
    private static final FsPermission FOLDER_MODE = new FsPermission((short) 0750);
    private static final FsPermission FILE_MODE = new FsPermission((short) 0640);

    private final FileContext files;

    /**
     * Acts for the Hadoop user of the calling thread at this moment, on whichever threads it is used later.
     *
     * @param fileSystem the file system's URI, e.g. {@code hdfs://namenode:8020/}
     */
    HadoopStorage(URI fileSystem, Configuration configuration) throws IOException {
        this.files = FileContext.getFileContext(fileSystem, configuration);
    }

    private static org.apache.hadoop.fs.Path path(String location) {
        return new org.apache.hadoop.fs.Path(location);
    }

    @Override
    public String child(String folder, FileName name) {
        // HDFS has symbolic links switched off, so a checked name cannot lead out of its folder.
        return new org.apache.hadoop.fs.Path(path(folder), name.value()).toString();
    }

    @Override
    public OutputFile createFile(String location) throws IOException {
        return translated(location, () -> {
            FSDataOutputStream stream = files.create(
                    path(location),
                    EnumSet.of(CreateFlag.CREATE, CreateFlag.SYNC_BLOCK),
                    CreateOpts.donotCreateParent(),
                    CreateOpts.perms(FILE_MODE));
            if (!stream.hasCapability(StreamCapabilities.HSYNC)) {
                stream.close();
                throw new IOException(location + ": this file system cannot sync a file to disk (no hsync)");
            }
            return new HadoopOutput(location, stream);
        });
    }

    @Override
    public InputFile openFile(String location) throws IOException {
        return translated(location, () -> {
            FileStatus status = files.getFileStatus(path(location));
            if (status.isDirectory()) {
                throw new IOException(location + " is a folder, not a file");
            }
            return new HadoopInput(files.open(path(location)), status.getLen());
        });
    }

    @Override
    public long length(String location) throws IOException {
        return translated(location, () -> files.getFileStatus(path(location)).getLen());
    }

    @Override
    public boolean exists(String location) throws IOException {
        return files.util().exists(path(location));
    }

    @Override
    public List<StorageEntry> list(String folder) throws IOException {
        return translated(folder, () -> {
            if (!files.getFileStatus(path(folder)).isDirectory()) {
                throw new java.nio.file.NotDirectoryException(folder);
            }
            List<StorageEntry> entries = new ArrayList<>();
            RemoteIterator<FileStatus> statuses = files.listStatus(path(folder));
            while (statuses.hasNext()) {
                FileStatus status = statuses.next();
                entries.add(new StorageEntry(status.getPath().getName(), status.isDirectory(), status.getLen()));
            }
            entries.sort(Comparator.comparing(StorageEntry::name));
            return List.copyOf(entries);
        });
    }

    @Override
    public void createFolders(String folder) throws IOException {
        translated(folder, () -> {
            files.mkdir(path(folder), FOLDER_MODE, true);
            return null;
        });
    }

    @Override
    public void renameFolder(String source, String target) throws IOException {
        rename(source, target, Rename.NONE);
    }

    @Override
    public void replaceFile(String source, String target) throws IOException {
        translated(source, () -> {
            // OVERWRITE would also replace an empty folder.
            if (exists(target) && files.getFileStatus(path(target)).isDirectory()) {
                throw new FileAlreadyExistsException(target, null, "is a folder");
            }
            return null;
        });
        rename(source, target, Rename.OVERWRITE);
    }

    private void rename(String source, String target, Rename mode) throws IOException {
        translated(source + " -> " + target, () -> {
            files.rename(path(source), path(target), mode);
            return null;
        });
    }

    @Override
    public void syncFolder(String folder) throws IOException {
        translated(folder, () -> files.getFileStatus(path(folder)));
    }

    @Override
    public void delete(String location) throws IOException {
        try {
            files.delete(path(location), true);
        } catch (FileNotFoundException e) {
            if (exists(location)) {
                throw e;
            }
        }
    }

    @Override
    public OptionalLong freeBytes(String folder) throws IOException {
        // Remaining raw capacity of the cluster: replication is paid from it, so this is an upper bound of what a file
        // may take.
        return OptionalLong.of(files.getFsStatus(path(folder)).getRemaining());
    }

    @Override
    public Optional<Path> localPath(String location) {
        return Optional.empty();
    }

    /** Nothing to release: Hadoop shares its connections in the process and closes idle ones itself. */
    @Override
    public void close() {}

    /** Runs an operation and gives Hadoop's "not found" and "exists" the java.nio types that {@link Storage} promises. */
    private static <T> T translated(String location, Operation<T> operation) throws IOException {
        try {
            return operation.run();
        } catch (FileNotFoundException e) {
            throw withCause(new NoSuchFileException(location, null, e.getMessage()), e);
        } catch (org.apache.hadoop.fs.FileAlreadyExistsException e) {
            throw withCause(new FileAlreadyExistsException(location, null, e.getMessage()), e);
        } catch (RemoteException e) {
            // The name node says so, instead of "exists", while another writer still has the file open.
            if (AlreadyBeingCreatedException.class.getName().equals(e.getClassName())) {
                throw withCause(new FileAlreadyExistsException(location, null, "is being written"), e);
            }
            throw e;
        }
    }

    private static IOException withCause(IOException translated, IOException cause) {
        translated.initCause(cause);
        return translated;
    }

    @FunctionalInterface
    private interface Operation<T> {
        T run() throws IOException;
    }

    private static final class HadoopOutput implements OutputFile {
        private static final int CHUNK = 1 << 16;

        private final String location;
        private final FSDataOutputStream stream;
        private boolean open = true;

        HadoopOutput(String location, FSDataOutputStream stream) {
            this.location = location;
            this.stream = stream;
        }

        @Override
        public int write(ByteBuffer source) throws IOException {
            int length = source.remaining();
            if (source.hasArray()) {
                stream.write(source.array(), source.arrayOffset() + source.position(), length);
                source.position(source.limit());
                return length;
            }
            byte[] chunk = new byte[Math.min(CHUNK, length)];
            while (source.hasRemaining()) {
                int count = Math.min(chunk.length, source.remaining());
                source.get(chunk, 0, count);
                stream.write(chunk, 0, count);
            }
            return length;
        }

        @Override
        public void sync() throws IOException {
            stream.hsync();
        }

        @Override
        public boolean isOpen() {
            return open;
        }

        @Override
        public void close() throws IOException {
            open = false;
            stream.close();
        }

        @Override
        public String toString() {
            return location;
        }
    }

    private record HadoopInput(FSDataInputStream stream, long length) implements InputFile {
        @Override
        public void readFully(long position, ByteBuffer target) throws IOException {
            stream.readFully(position, target);
        }

        @Override
        public void close() throws IOException {
            stream.close();
        }
    }
}
