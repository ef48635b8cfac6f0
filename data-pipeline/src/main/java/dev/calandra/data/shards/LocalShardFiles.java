package dev.calandra.data.shards;

import dev.calandra.storage.FileName;
import dev.calandra.storage.Storage;
import java.io.IOException;
import java.nio.file.Path;

/** Shards on local disk, where they are. */
final class LocalShardFiles implements ShardFiles {
    /** A mapping takes address space and page tables, not memory; 2,048 shards of the usual size. */
    private static final long MAPPED = 1L << 38;

    private final Storage storage;
    private final String folder;

    LocalShardFiles(Storage storage, String folder) {
        this.storage = storage;
        this.folder = folder;
    }

    @Override
    public Path acquire(ShardEntry shard) throws IOException {
        return storage.localPath(storage.child(folder, new FileName(shard.file())))
                .orElseThrow();
    }

    @Override
    public void release(ShardEntry shard) {
        // Nothing was taken.
    }

    @Override
    public void fetchAhead(ShardEntry shard) {
        // It is there.
    }

    @Override
    public boolean isRemote() {
        return false;
    }

    @Override
    public long capacity() {
        return MAPPED;
    }

    @Override
    public void close() {
        // Nothing is held.
    }
}
