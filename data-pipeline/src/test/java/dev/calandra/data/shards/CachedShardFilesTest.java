package dev.calandra.data.shards;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.configs.CacheConfig;
import dev.calandra.configs.DataException;
import dev.calandra.storage.InputFile;
import dev.calandra.storage.Storage;
import dev.calandra.storage.StorageLocation;
import dev.calandra.storage.Storages;
import dev.calandra.storage.testing.ForwardingStorage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class CachedShardFilesTest {
    private static final int BYTES = 1000;
    private static final double GIBIBYTE = 1L << 30;

    @TempDir
    Path folder;

    private final AtomicInteger opened = new AtomicInteger();
    private final List<ShardEntry> shards = new ArrayList<>();
    private StorageLocation location;
    private Storage remote;

    @BeforeEach
    void write() throws IOException {
        Path set = Files.createDirectories(folder.resolve("set"));
        for (int i = 0; i < 6; i++) {
            byte[] content = new byte[BYTES];
            new Random(i).nextBytes(content);
            Files.write(set.resolve("shard-" + i), content);
            shards.add(new ShardEntry("shard-" + i, 1, 1, BYTES, 0, 0));
        }
        location = Storages.open(set.toString());
        remote = new Remote(location.storage());
    }

    @AfterEach
    void close() throws IOException {
        location.close();
    }

    private CachedShardFiles files(double copies) {
        CacheConfig cache = new CacheConfig(folder.resolve("cache").toString(), copies * BYTES / GIBIBYTE);
        return new CachedShardFiles(remote, location.location(), "0123456789abcdef0123456789abcdef", cache);
    }

    private List<String> copies() throws IOException {
        try (Stream<Path> files = Files.walk(folder.resolve("cache"))) {
            return files.filter(Files::isRegularFile)
                    .map(file -> file.getFileName().toString())
                    .sorted()
                    .toList();
        }
    }

    @Test
    void theLeastRecentlyUsedCopiesGoAndThoseInUseStay() throws IOException {
        try (CachedShardFiles files = files(3)) {
            for (ShardEntry shard : shards.subList(0, 3)) {
                assertThat(files.acquire(shard)).hasBinaryContent(content(shard));
            }
            files.release(shards.get(1));
            files.release(shards.get(2));
            files.acquire(shards.get(3));
            assertThat(copies()).containsExactly("shard-0", "shard-2", "shard-3");
            files.acquire(shards.get(2));
            assertThat(opened).hasValue(4);
            assertThatThrownBy(() -> files.acquire(shards.get(4)))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("data.cache.gibibytes");
            files.release(shards.get(0));
            assertThat(files.acquire(shards.get(4))).hasBinaryContent(content(shards.get(4)));
            assertThat(copies()).containsExactly("shard-2", "shard-3", "shard-4");
        }
    }

    @Test
    void copiesAreMadeAheadAndUsedByTheNextProcess() throws Exception {
        try (CachedShardFiles files = files(3)) {
            for (ShardEntry shard : shards.subList(0, 3)) {
                files.fetchAhead(shard);
            }
            while (copiesIfAny().size() < 3) {
                Thread.sleep(5);
            }
            files.acquire(shards.get(1));
            assertThat(opened).hasValue(3);
        }
        try (CachedShardFiles files = files(3)) {
            files.acquire(shards.get(2));
            assertThat(opened).hasValue(3);
            files.acquire(shards.get(5));
            assertThat(copies()).hasSize(3).contains("shard-2", "shard-5");
        }
    }

    @Test
    void aCopyOfAnotherLengthIsMadeAnew() throws IOException {
        try (CachedShardFiles files = files(3)) {
            files.release(shards.get(0));
            Path copy = files.acquire(shards.get(0));
            Files.write(copy, new byte[10]);
        }
        try (CachedShardFiles files = files(3)) {
            assertThat(files.acquire(shards.get(0))).hasBinaryContent(content(shards.get(0)));
        }
    }

    private List<String> copiesIfAny() throws IOException {
        return Files.exists(folder.resolve("cache"))
                ? copies().stream().filter(name -> !name.endsWith("unfinished")).toList()
                : List.of();
    }

    private byte[] content(ShardEntry shard) throws IOException {
        return Files.readAllBytes(folder.resolve("set").resolve(shard.file()));
    }

    /** Local files that pretend to be elsewhere. */
    private final class Remote extends ForwardingStorage {

        private Remote(Storage local) {
            super(local);
        }

        @Override
        public InputFile openFile(String file) throws IOException {
            opened.incrementAndGet();
            return super.openFile(file);
        }

        @Override
        public Optional<Path> localPath(String file) {
            return Optional.empty();
        }
    }
}
