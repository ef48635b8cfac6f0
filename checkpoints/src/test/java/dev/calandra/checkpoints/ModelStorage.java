package dev.calandra.checkpoints;

import dev.calandra.storage.FileName;
import dev.calandra.storage.InputFile;
import dev.calandra.storage.OutputFile;
import dev.calandra.storage.Storage;
import dev.calandra.storage.StorageEntry;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * A file system in memory that knows what would survive a loss of power: of a file what was synced, of a folder's entries what happened
 * before it was synced (local disk) or everything (HDFS, whose name node journals before it answers). Thread-safe.
 */
final class ModelStorage implements Storage {
    /** Which backend is modelled. */
    enum Semantics {
        LOCAL,
        HDFS
    }

    /** What a loss of power leaves of that which was not synced. */
    enum Survival {
        /** Nothing. */
        NOTHING,
        /** Names, and half of the bytes: entries reached the disk before data did. */
        NAMES,
        /** The first half of the changes to each folder, in the order in which they were made. */
        HALF
    }

    private sealed interface Node permits Folder, Content {}

    private static final class Content implements Node {
        private byte[] bytes = new byte[0];
        private int length;
        private int synced;

        void append(ByteBuffer source) {
            int added = source.remaining();
            if (length + added > bytes.length) {
                bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + added));
            }
            source.get(bytes, length, added);
            length += added;
        }
    }

    /** Changes are kept as the entries after each of them, so that a rename within a folder is one change. */
    private static final class Folder implements Node {
        private final TreeMap<String, Node> entries = new TreeMap<>();
        private final List<TreeMap<String, Node>> history = new ArrayList<>(List.of(new TreeMap<>()));

        void changed(Semantics semantics) {
            history.add(new TreeMap<>(entries));
            if (semantics == Semantics.HDFS) {
                sync();
            }
        }

        void sync() {
            TreeMap<String, Node> last = history.getLast();
            history.clear();
            history.add(last);
        }
    }

    private final Semantics semantics;
    private final Folder root = new Folder();

    ModelStorage(Semantics semantics) {
        this.semantics = semantics;
    }

    /** A second storage with the same files, all of them durable. */
    synchronized ModelStorage copy() {
        ModelStorage copy = new ModelStorage(semantics);
        copyInto(root, copy.root);
        return copy;
    }

    private static void copyInto(Folder from, Folder to) {
        from.entries.forEach((name, node) -> to.entries.put(
                name,
                switch (node) {
                    case Folder folder -> {
                        Folder made = new Folder();
                        copyInto(folder, made);
                        yield made;
                    }
                    case Content content -> {
                        Content made = new Content();
                        made.bytes = Arrays.copyOf(content.bytes, content.length);
                        made.length = content.length;
                        made.synced = content.length;
                        yield made;
                    }
                }));
        to.history.set(0, new TreeMap<>(to.entries));
    }

    /** The power goes, and comes back. */
    synchronized void losePower(Survival survival) {
        losePower(root, survival);
    }

    private void losePower(Folder folder, Survival survival) {
        int kept = switch (survival) {
            case NOTHING -> 0;
            case NAMES -> folder.history.size() - 1;
            case HALF -> (folder.history.size() - 1) / 2;
        };
        TreeMap<String, Node> left = folder.history.get(kept);
        folder.entries.clear();
        folder.entries.putAll(left);
        folder.history.clear();
        folder.history.add(new TreeMap<>(left));
        for (Node node : folder.entries.values()) {
            switch (node) {
                case Folder child -> losePower(child, survival);
                case Content content -> {
                    int unsynced = content.length - content.synced;
                    content.length = content.synced + (survival == Survival.NOTHING ? 0 : unsynced / 2);
                    content.synced = content.length;
                }
            }
        }
    }

    /** Flips the last bit of a file. */
    synchronized void damage(String location) throws IOException {
        Content content = content(location);
        content.bytes[content.length - 1] ^= 1;
    }

    /** Writes a whole file, durably. */
    synchronized void put(String location, String text) throws IOException {
        createFolders(parent(location));
        try (OutputFile file = createFile(location)) {
            file.write(ByteBuffer.wrap(text.getBytes(java.nio.charset.StandardCharsets.US_ASCII)));
            file.sync();
        }
        syncFolder(parent(location));
    }

    private static String parent(String location) {
        return location.substring(0, location.lastIndexOf('/'));
    }

    private static String name(String location) {
        return location.substring(location.lastIndexOf('/') + 1);
    }

    private Optional<Node> node(String location) {
        Node node = root;
        for (String name : location.split("/")) {
            if (!name.isEmpty()) {
                if (!(node instanceof Folder folder) || !folder.entries.containsKey(name)) {
                    return Optional.empty();
                }
                node = folder.entries.get(name);
            }
        }
        return Optional.of(node);
    }

    private Folder folder(String location) throws IOException {
        if (node(location).orElseThrow(() -> new NoSuchFileException(location)) instanceof Folder folder) {
            return folder;
        }
        throw new IOException(location + " is a file");
    }

    private Content content(String location) throws IOException {
        if (node(location).orElseThrow(() -> new NoSuchFileException(location)) instanceof Content content) {
            return content;
        }
        throw new IOException(location + " is a folder");
    }

    @Override
    public String child(String folder, FileName name) {
        return folder + "/" + name;
    }

    @Override
    public synchronized OutputFile createFile(String location) throws IOException {
        Folder folder = folder(parent(location));
        Content content = new Content();
        if (folder.entries.putIfAbsent(name(location), content) != null) {
            throw new FileAlreadyExistsException(location);
        }
        folder.changed(semantics);
        return new Output(content);
    }

    @Override
    public synchronized InputFile openFile(String location) throws IOException {
        Content content = content(location);
        return new Input(Arrays.copyOf(content.bytes, content.length));
    }

    @Override
    public synchronized long length(String location) throws IOException {
        return content(location).length;
    }

    @Override
    public synchronized boolean exists(String location) {
        return node(location).isPresent();
    }

    @Override
    public synchronized List<StorageEntry> list(String location) throws IOException {
        List<StorageEntry> entries = new ArrayList<>();
        folder(location)
                .entries
                .forEach((name, node) -> entries.add(new StorageEntry(
                        name, node instanceof Folder, node instanceof Content content ? content.length : 0)));
        return entries;
    }

    @Override
    public synchronized void createFolders(String location) {
        Folder folder = root;
        for (String name : location.split("/")) {
            if (!name.isEmpty()) {
                if (!folder.entries.containsKey(name)) {
                    folder.entries.put(name, new Folder());
                    folder.changed(semantics);
                    folder.sync();
                }
                folder = (Folder) folder.entries.get(name);
            }
        }
    }

    @Override
    public synchronized void renameFolder(String source, String target) throws IOException {
        folder(source);
        if (exists(target)) {
            throw new FileAlreadyExistsException(target);
        }
        move(source, target);
    }

    @Override
    public synchronized void replaceFile(String source, String target) throws IOException {
        content(source);
        if (node(target).filter(Folder.class::isInstance).isPresent()) {
            throw new FileAlreadyExistsException(target);
        }
        move(source, target);
    }

    /** Everything here is renamed within its folder. */
    private void move(String source, String target) throws IOException {
        if (!parent(source).equals(parent(target))) {
            throw new IllegalArgumentException("from " + source + " to another folder: " + target);
        }
        Folder folder = folder(parent(source));
        folder.entries.put(name(target), folder.entries.remove(name(source)));
        folder.changed(semantics);
    }

    @Override
    public synchronized void syncFolder(String location) throws IOException {
        folder(location).sync();
    }

    @Override
    public synchronized void delete(String location) throws IOException {
        if (exists(location)) {
            Folder folder = folder(parent(location));
            folder.entries.remove(name(location));
            folder.changed(semantics);
        }
    }

    /** Deletes as a process would that is stopped in the middle: the first entry only. */
    synchronized void deleteHalf(String location) throws IOException {
        if (node(location).orElse(null) instanceof Folder folder && !folder.entries.isEmpty()) {
            delete(location + "/" + folder.entries.firstKey());
        }
    }

    @Override
    public OptionalLong freeBytes(String folder) {
        return OptionalLong.empty();
    }

    @Override
    public Optional<Path> localPath(String location) {
        return Optional.empty();
    }

    @Override
    public void close() {}

    private final class Output implements OutputFile {
        private final Content content;
        private boolean open = true;

        Output(Content content) {
            this.content = content;
        }

        @Override
        public int write(ByteBuffer source) {
            int count = source.remaining();
            synchronized (ModelStorage.this) {
                content.append(source);
            }
            return count;
        }

        @Override
        public void sync() {
            synchronized (ModelStorage.this) {
                content.synced = content.length;
            }
        }

        @Override
        public boolean isOpen() {
            return open;
        }

        @Override
        public void close() {
            open = false;
        }
    }

    private record Input(byte[] bytes) implements InputFile {
        @Override
        public long length() {
            return bytes.length;
        }

        @Override
        public void readFully(long position, ByteBuffer target) throws IOException {
            if (position + target.remaining() > bytes.length) {
                throw new EOFException();
            }
            target.put(bytes, (int) position, target.remaining());
        }

        @Override
        public void close() {}
    }
}
