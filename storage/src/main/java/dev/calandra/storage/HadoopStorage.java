package dev.calandra.storage;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.security.PrivilegedExceptionAction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
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
import org.apache.hadoop.hdfs.client.HdfsDataInputStream;
import org.apache.hadoop.security.UserGroupInformation;

/**
 * HDFS through {@link FileContext}, whose rename throws where {@code FileSystem.rename} returns false or moves into an existing folder.
 * Files are created with SYNC_BLOCK and synced with hsync, so that the datanodes have them on disk. The name node's journal makes its own
 * operations durable before it answers: {@link #syncFolder} has nothing left to do. When a reply is lost the outcome is unknown; this class
 * does not guess, the caller reads again.
 */
final class HadoopStorage implements Storage {
    private static final FsPermission FOLDER_MODE = new FsPermission((short) 0750);
    private static final FsPermission FILE_MODE = new FsPermission((short) 0640);
    private static final String REPLICATION = "dfs.replication";
    private static final String BLOCK_SIZE = "dfs.blocksize";
    private static final Duration REPORT_EVERY = Duration.ofSeconds(15);

    private final FileContext files;
    private final UserGroupInformation user;
    private final Patience patience;
    private final CreateOpts[] create;
    private final OptionalInt replication;

    /**
     * Acts for the Hadoop user of the calling thread at this moment, on whichever threads it is used later: since JDK 24 a thread does not
     * inherit its parent's.
     *
     * @param fileSystem the file system's URI, e.g. {@code hdfs://namenode:8020/}
     */
    HadoopStorage(URI fileSystem, Configuration configuration) throws IOException {
        this.user = UserGroupInformation.getCurrentUser();
        this.files = context(fileSystem, configuration);
        this.replication = HadoopClient.setBySite(configuration, REPLICATION)
                ? OptionalInt.of(configuration.getInt(REPLICATION, 0))
                : OptionalInt.empty();
        this.create = creation(configuration);
        FileContext once = context(fileSystem, HadoopClient.impatient(configuration));
        this.patience = new Patience(
                fileSystem.getAuthority(),
                HadoopClient.patience(configuration),
                REPORT_EVERY,
                new RootPing(once, path(fileSystem.toString())));
    }

    /** Left to itself, a file context asks the name node for its defaults and looks at none of the client's. */
    private CreateOpts[] creation(Configuration configuration) {
        List<CreateOpts> options =
                new ArrayList<>(List.of(CreateOpts.donotCreateParent(), CreateOpts.perms(FILE_MODE)));
        replication.ifPresent(replicas -> options.add(CreateOpts.repFac((short) replicas)));
        if (HadoopClient.setBySite(configuration, BLOCK_SIZE)) {
            options.add(CreateOpts.blockSize(configuration.getLongBytes(BLOCK_SIZE, 0)));
        }
        return options.toArray(CreateOpts[]::new);
    }

    private static FileContext context(URI fileSystem, Configuration configuration) throws IOException {
        try {
            return FileContext.getFileContext(fileSystem, configuration);
        } catch (RuntimeException e) {
            if (e.getCause() instanceof IOException reason) {
                throw HadoopFailure.translated(fileSystem.toString(), reason);
            }
            throw e;
        }
    }

    private record RootPing(FileContext files, org.apache.hadoop.fs.Path root) implements Patience.Ping {
        @Override
        public void reads() throws IOException {
            files.getFileStatus(root);
        }

        /** The root is there already: this changes nothing, and is refused when changes are. */
        @Override
        public void writes() throws IOException {
            files.mkdir(root, FOLDER_MODE, false);
        }
    }

    private <T> T read(String what, String location, Patience.Request<T> request) throws IOException {
        return asUser(() -> patience.await(what, location, false, request));
    }

    private <T> T change(String what, String location, Patience.Request<T> request) throws IOException {
        return asUser(() -> patience.await(what, location, true, request));
    }

    private <T> T watched(String what, String location, Patience.Request<T> request) throws IOException {
        return asUser(() -> patience.watch(what, location, request));
    }

    private <T> T asUser(PrivilegedExceptionAction<T> action) throws IOException {
        try {
            return user.doAs(action);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("interrupted while using HDFS");
        }
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
        FSDataOutputStream stream = change(
                "create",
                location,
                () -> files.create(path(location), EnumSet.of(CreateFlag.CREATE, CreateFlag.SYNC_BLOCK), create));
        if (!stream.hasCapability(StreamCapabilities.HSYNC)) {
            stream.close();
            throw new IOException(location + ": this file system cannot sync a file to disk (no hsync)");
        }
        return new HadoopOutput(location, stream);
    }

    @Override
    public InputFile openFile(String location) throws IOException {
        return read("open", location, () -> {
            FileStatus status = files.getFileStatus(path(location));
            if (status.isDirectory()) {
                throw new IOException("is a folder, not a file");
            }
            FSDataInputStream stream = files.open(path(location));
            return new HadoopInput(location, stream, visibleLength(stream, status));
        });
    }

    /**
     * The name node learns the length of a file's last block when the file is closed. Of one whose writer died, or still writes, the data
     * nodes know how much was synced.
     */
    private static long visibleLength(FSDataInputStream stream, FileStatus status) {
        return stream instanceof HdfsDataInputStream hdfs ? hdfs.getVisibleLength() : status.getLen();
    }

    @Override
    public long length(String location) throws IOException {
        return read(
                "look at", location, () -> files.getFileStatus(path(location)).getLen());
    }

    @Override
    public boolean exists(String location) throws IOException {
        return read("look for", location, () -> files.util().exists(path(location)));
    }

    @Override
    public List<StorageEntry> list(String folder) throws IOException {
        return read("list", folder, () -> {
            if (!files.getFileStatus(path(folder)).isDirectory()) {
                throw new NotDirectoryException(folder);
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
        change("make folder", folder, () -> {
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
        // OVERWRITE would also replace an empty folder.
        boolean folder = read(
                "look at",
                target,
                () -> files.util().exists(path(target))
                        && files.getFileStatus(path(target)).isDirectory());
        if (folder) {
            throw new FileAlreadyExistsException(target, null, "is a folder");
        }
        rename(source, target, Rename.OVERWRITE);
    }

    private void rename(String source, String target, Rename mode) throws IOException {
        change("rename", source + " -> " + target, () -> {
            files.rename(path(source), path(target), mode);
            return null;
        });
    }

    @Override
    public void syncFolder(String folder) throws IOException {
        read("look at", folder, () -> files.getFileStatus(path(folder)));
    }

    @Override
    public void delete(String location) throws IOException {
        change("delete", location, () -> {
            try {
                return files.delete(path(location), true);
            } catch (FileNotFoundException e) {
                if (files.util().exists(path(location))) {
                    throw e;
                }
                return false;
            }
        });
    }

    /** What the cluster could hold in the number of replicas that files are created with; quotas and reservations may allow less. */
    @Override
    public OptionalLong freeBytes(String folder) throws IOException {
        return read("measure", folder, () -> {
            long raw = files.getFsStatus(path(folder)).getRemaining();
            int replicas = replication.isPresent()
                    ? replication.getAsInt()
                    : files.getServerDefaults(path(folder)).getReplication();
            return OptionalLong.of(raw / Math.max(1, replicas));
        });
    }

    @Override
    public Optional<Path> localPath(String location) {
        return Optional.empty();
    }

    /** Nothing to release: Hadoop shares its connections in the process and closes idle ones itself. */
    @Override
    public void close() {}

    private final class HadoopOutput implements OutputFile {
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
            return watched("write to", location, () -> writeAll(source));
        }

        private int writeAll(ByteBuffer source) throws IOException {
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
            watched("sync", location, () -> {
                stream.hsync();
                return null;
            });
        }

        @Override
        public boolean isOpen() {
            return open;
        }

        @Override
        public void close() throws IOException {
            open = false;
            watched("close", location, () -> {
                stream.close();
                return null;
            });
        }

        @Override
        public String toString() {
            return location;
        }
    }

    private final class HadoopInput implements InputFile {
        private final String location;
        private final FSDataInputStream stream;
        private final long length;

        HadoopInput(String location, FSDataInputStream stream, long length) {
            this.location = location;
            this.stream = stream;
            this.length = length;
        }

        @Override
        public long length() {
            return length;
        }

        @Override
        public void readFully(long position, ByteBuffer target) throws IOException {
            watched("read", location, () -> {
                stream.readFully(position, target);
                return null;
            });
        }

        @Override
        public void close() throws IOException {
            stream.close();
        }
    }
}
