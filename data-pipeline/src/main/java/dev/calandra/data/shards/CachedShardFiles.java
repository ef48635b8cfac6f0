package dev.calandra.data.shards;

import dev.calandra.configs.CacheConfig;
import dev.calandra.configs.DataException;
import dev.calandra.storage.FileName;
import dev.calandra.storage.InputFile;
import dev.calandra.storage.Storage;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shards of another storage, copied to a local folder of bounded size. The least recently used copies that nobody uses go first. Copies stay
 * for the next process; they are believed no more than any shard: a reader checks their checksums. A copy is made by the reader that
 * waits for it, or ahead of it by a thread of its own.
 */
final class CachedShardFiles implements ShardFiles {
    private static final Logger LOG = LoggerFactory.getLogger(CachedShardFiles.class);
    private static final int CHUNK = 1 << 22;
    private static final String UNFINISHED = ".unfinished";

    private final Storage storage;
    private final String folder;
    private final Path cache;
    private final long capacity;
    private final ExecutorService ahead = Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("shard-fetcher").daemon().factory());
    private final Set<String> expected = ConcurrentHashMap.newKeySet();
    private final Set<String> underWay = new HashSet<>();
    private final Map<String, Integer> users = new HashMap<>();

    /** Length of every copy by name, the least recently used first. */
    private final Map<String, Long> copies = new LinkedHashMap<>(16, 0.75f, true);

    private long bytes;
    private boolean listed;

    CachedShardFiles(Storage storage, String folder, String fingerprint, CacheConfig config) {
        this.storage = storage;
        this.folder = folder;
        this.cache = Path.of(config.directory(), fingerprint.substring(0, 32)).toAbsolutePath();
        this.capacity = config.bytes();
    }

    @Override
    public Path acquire(ShardEntry shard) throws IOException {
        synchronized (this) {
            users.merge(shard.file(), 1, Integer::sum);
        }
        try {
            if (!fetch(shard, true)) {
                throw new DataException(
                        "%s/%s: has %d bytes, but data.cache.gibibytes allows %d for all copies; raise it"
                                .formatted(folder, shard.file(), shard.bytes(), capacity));
            }
        } catch (IOException | RuntimeException e) {
            release(shard);
            throw e;
        }
        return cache.resolve(shard.file());
    }

    @Override
    public synchronized void release(ShardEntry shard) {
        users.computeIfPresent(shard.file(), (name, count) -> count == 1 ? null : count - 1);
    }

    @Override
    public void fetchAhead(ShardEntry shard) {
        if (expected.add(shard.file())) {
            ahead.execute(() -> fetchQuietly(shard));
        }
    }

    /** A copy that could not be made ahead is made, or its failure told, when the shard is asked for. */
    private void fetchQuietly(ShardEntry shard) {
        try {
            fetch(shard, false);
        } catch (IOException | RuntimeException e) {
            LOG.debug("{} could not be copied ahead", shard.file(), e);
        } finally {
            expected.remove(shard.file());
        }
    }

    @Override
    public boolean isRemote() {
        return true;
    }

    @Override
    public long capacity() {
        return capacity;
    }

    @Override
    public void close() {
        ahead.shutdownNow();
    }

    /** Copies that an earlier process left count too. */
    private void listOnce() throws IOException {
        if (listed) {
            return;
        }
        Files.createDirectories(cache);
        try (var files = Files.list(cache)) {
            for (Path file : files.sorted().toList()) {
                if (file.toString().endsWith(UNFINISHED)) {
                    Files.deleteIfExists(file);
                } else {
                    copies.put(file.getFileName().toString(), Files.size(file));
                }
            }
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        bytes = copies.values().stream().mapToLong(Long::longValue).sum();
        listed = true;
    }

    /**
     * Makes a copy unless there is one. The lock is not held while bytes are copied.
     *
     * @return false when there is no room for it
     */
    private boolean fetch(ShardEntry shard, boolean wait) throws IOException {
        synchronized (this) {
            listOnce();
            if (!reserve(shard, wait)) {
                return false;
            }
            if (copies.get(shard.file()) != null) {
                return true;
            }
            underWay.add(shard.file());
            bytes += shard.bytes();
        }
        boolean copied = false;
        try {
            Path unfinished = cache.resolve(shard.file() + UNFINISHED);
            copy(shard, unfinished);
            Files.move(
                    unfinished,
                    cache.resolve(shard.file()),
                    StandardCopyOption.ATOMIC_MOVE,
                    StandardCopyOption.REPLACE_EXISTING);
            copied = true;
        } finally {
            synchronized (this) {
                underWay.remove(shard.file());
                if (copied) {
                    copies.put(shard.file(), shard.bytes());
                } else {
                    bytes -= shard.bytes();
                }
                notifyAll();
            }
        }
        return true;
    }

    /** Waits until a shard's copy is there, or there is room for it; without room and with nothing to wait for, false. */
    private boolean reserve(ShardEntry shard, boolean wait) throws IOException {
        while (true) {
            Long present = copies.get(shard.file());
            if (present != null && present == shard.bytes()) {
                return true;
            }
            boolean elsewhere = underWay.contains(shard.file());
            if (!elsewhere) {
                remove(shard.file());
                if (makeRoom(shard)) {
                    return true;
                }
            }
            if (!elsewhere && (!wait || underWay.isEmpty())) {
                return false;
            }
            try {
                wait();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("interrupted while waiting for " + shard.file());
            }
        }
    }

    private boolean makeRoom(ShardEntry shard) throws IOException {
        while (bytes + shard.bytes() > capacity) {
            Optional<String> oldest = copies.keySet().stream()
                    .filter(name -> !users.containsKey(name))
                    .findFirst();
            if (oldest.isEmpty()) {
                return false;
            }
            remove(oldest.get());
        }
        return true;
    }

    private void remove(String name) throws IOException {
        Long length = copies.remove(name);
        if (length != null) {
            bytes -= length;
            Files.deleteIfExists(cache.resolve(name));
        }
    }

    private void copy(ShardEntry shard, Path target) throws IOException {
        String location = storage.child(folder, new FileName(shard.file()));
        try (InputFile input = storage.openFile(location);
                FileChannel output = FileChannel.open(
                        target,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.TRUNCATE_EXISTING,
                        StandardOpenOption.WRITE)) {
            shard.requireLength(location, input.length());
            ByteBuffer chunk = ByteBuffer.allocate((int) Math.min(CHUNK, shard.bytes()));
            for (long position = 0; position < shard.bytes(); position += chunk.capacity()) {
                chunk.clear().limit((int) Math.min(chunk.capacity(), shard.bytes() - position));
                input.readFully(position, chunk);
                chunk.flip();
                while (chunk.hasRemaining()) {
                    output.write(chunk);
                }
            }
        }
    }
}
