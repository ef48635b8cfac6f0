package dev.calandra.storage;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystems;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * Local disk through java.nio. Hadoop's own local file system is not used: it has no sync, writes {@code .crc} files beside the data, and
 * its rename is not one step. Folders are created with mode 0750 and files with 0640 where the file system knows modes.
 */
public final class LocalStorage implements Storage {
    private static final int CHUNK_BYTES = 8 << 20;
    private static final boolean POSIX =
            FileSystems.getDefault().supportedFileAttributeViews().contains("posix");

    @Override
    public String child(String folder, FileName name) throws IOException {
        Path parent = Path.of(folder);
        Path path = parent.resolve(name.value());
        if (Files.exists(path) && !path.toRealPath().startsWith(parent.toRealPath())) {
            throw new IOException(path + " is a link that leads out of its folder; replace it with the file itself");
        }
        return path.toString();
    }

    @Override
    public OutputFile createFile(String location) throws IOException {
        return new LocalOutput(FileChannel.open(
                Path.of(location), Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), mode("rw-r-----")));
    }

    @Override
    public InputFile openFile(String location) throws IOException {
        Path path = Path.of(location);
        if (Files.isDirectory(path)) {
            throw new IOException(location + " is a folder, not a file");
        }
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
        try {
            return new LocalInput(location, channel, channel.size());
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    @Override
    public long length(String location) throws IOException {
        return Files.size(Path.of(location));
    }

    @Override
    public boolean exists(String location) throws IOException {
        try {
            Files.readAttributes(Path.of(location), BasicFileAttributes.class);
            return true;
        } catch (NoSuchFileException e) {
            return false;
        } catch (FileSystemException e) {
            if (isBelowAFile(Path.of(location))) {
                return false;
            }
            throw e;
        }
    }

    /** Java has no type for the system's answer that a part of the path is a file. */
    private static boolean isBelowAFile(Path path) {
        for (Path above = path.getParent(); above != null; above = above.getParent()) {
            if (Files.isRegularFile(above)) {
                return true;
            }
        }
        return false;
    }

    @Override
    public List<StorageEntry> list(String folder) throws IOException {
        Path path = Path.of(folder);
        List<StorageEntry> entries = new ArrayList<>();
        try (DirectoryStream<Path> stream = Files.newDirectoryStream(path)) {
            for (Path entry : stream) {
                Optional<BasicFileAttributes> attributes = attributes(entry);
                attributes.ifPresent(a -> entries.add(new StorageEntry(
                        entry.getFileName().toString(), a.isDirectory(), a.isDirectory() ? 0 : a.size())));
            }
        } catch (NotDirectoryException e) {
            if (!Files.exists(path)) {
                throw new NoSuchFileException(folder);
            }
            throw e;
        }
        entries.sort(Comparator.comparing(StorageEntry::name));
        return List.copyOf(entries);
    }

    /** Empty when another process removed the entry since the folder was read. */
    private static Optional<BasicFileAttributes> attributes(Path entry) throws IOException {
        try {
            return Optional.of(Files.readAttributes(entry, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS));
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    @Override
    public void createFolders(String folder) throws IOException {
        create(Path.of(folder).toAbsolutePath());
    }

    private void create(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            return;
        }
        Path parent = folder.getParent();
        if (parent != null) {
            create(parent);
        }
        try {
            Files.createDirectory(folder, mode("rwxr-x---"));
        } catch (FileAlreadyExistsException e) {
            if (!Files.isDirectory(folder)) {
                throw e;
            }
        }
        if (parent != null) {
            syncFolder(parent.toString());
        }
    }

    @Override
    public void renameFolder(String source, String target) throws IOException {
        Path to = Path.of(target);
        // rename(2) would replace an empty folder. Folders with content, the only ones that matter, are refused by the
        // system itself, so
        // the moment between this look and the move cannot lose data.
        if (Files.exists(to, LinkOption.NOFOLLOW_LINKS)) {
            throw new FileAlreadyExistsException(target);
        }
        Files.move(Path.of(source), to, StandardCopyOption.ATOMIC_MOVE);
    }

    @Override
    public void replaceFile(String source, String target) throws IOException {
        Path to = Path.of(target);
        if (Files.isDirectory(to)) {
            throw new FileAlreadyExistsException(target, null, "is a folder");
        }
        Files.move(Path.of(source), to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }

    @Override
    public void syncFolder(String folder) throws IOException {
        if (!POSIX) {
            // Windows cannot open a folder for syncing; NTFS journals its entries itself.
            return;
        }
        try (FileChannel channel = FileChannel.open(Path.of(folder), StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    @Override
    public void delete(String location) throws IOException {
        Path root = Path.of(location);
        if (!Files.exists(root, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.deleteIfExists(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path folder, IOException failure) throws IOException {
                if (failure != null) {
                    throw failure;
                }
                Files.deleteIfExists(folder);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    @Override
    public OptionalLong freeBytes(String folder) throws IOException {
        return OptionalLong.of(Files.getFileStore(Path.of(folder)).getUsableSpace());
    }

    @Override
    public Optional<Path> localPath(String location) {
        return Optional.of(Path.of(location));
    }

    /** Nothing to release: each file is closed by its owner. */
    @Override
    public void close() {}

    /** A channel copies a heap buffer through native memory of the same size; in chunks that stays small. */
    static int chunkEnd(ByteBuffer buffer, int limit) {
        return Math.min(limit - buffer.position(), CHUNK_BYTES) + buffer.position();
    }

    private static FileAttribute<?>[] mode(String permissions) {
        return POSIX
                ? new FileAttribute<?>[] {
                    PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString(permissions))
                }
                : new FileAttribute<?>[0];
    }

    private record LocalInput(String location, FileChannel channel, long length) implements InputFile {
        @Override
        public void readFully(long position, ByteBuffer target) throws IOException {
            long at = position;
            int limit = target.limit();
            while (target.position() < limit) {
                int read = channel.read(target.limit(chunkEnd(target, limit)), at);
                target.limit(limit);
                if (read < 0) {
                    throw new EOFException(location + " ends at byte " + at + ", " + target.remaining()
                            + " bytes before the end of what was asked for");
                }
                at += read;
            }
        }

        @Override
        public void close() throws IOException {
            channel.close();
        }
    }
}
