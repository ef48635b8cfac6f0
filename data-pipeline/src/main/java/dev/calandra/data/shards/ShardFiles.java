package dev.calandra.data.shards;

import dev.calandra.configs.CacheConfig;
import dev.calandra.storage.Storage;
import java.io.IOException;
import java.nio.file.Path;

/** Gives the shards of one set as local files, which can be mapped. Safe for use by many threads. */
public interface ShardFiles extends AutoCloseable {

    /**
     * The files of a set.
     *
     * @param folder of the set
     * @param fingerprint of the set, which keeps apart what different sets leave in the cache
     * @param cache for storages that are not local disk
     */
    static ShardFiles of(Storage storage, String folder, String fingerprint, CacheConfig cache) {
        return storage.localPath(folder)
                .<ShardFiles>map(path -> new LocalShardFiles(storage, folder))
                .orElseGet(() -> new CachedShardFiles(storage, folder, fingerprint, cache));
    }

    /**
     * The local file of a shard, which stays until it is released; each call needs its own release.
     *
     * @throws IOException when it cannot be had
     */
    Path acquire(ShardEntry shard) throws IOException;

    /** Ends one use of a shard's file. */
    void release(ShardEntry shard);

    /** Begins to fetch a shard that will soon be asked for, without waiting; where files are local already, nothing. */
    void fetchAhead(ShardEntry shard);

    /** Whether {@link #fetchAhead} does anything. */
    boolean isRemote();

    /** Bytes of shards that may be in use at the same time. */
    long capacity();

    @Override
    void close();
}
