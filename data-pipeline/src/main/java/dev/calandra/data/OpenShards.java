package dev.calandra.data;

import dev.calandra.configs.DataException;
import dev.calandra.data.shards.MappedShard;
import dev.calandra.data.shards.ShardEntry;
import dev.calandra.data.shards.ShardFiles;
import dev.calandra.data.shards.ShardManifest;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The mapped shards of a set: opened when they are first used, the least recently used ones unmapped when their bytes exceed what the files
 * allow, none while it is being read. Safe for use by many threads.
 */
final class OpenShards implements AutoCloseable {
    private final String folder;
    private final ShardManifest manifest;
    private final ShardFiles files;
    private final Map<Integer, Open> open = new LinkedHashMap<>(16, 0.75f, true);
    private long bytes;

    /** A shard in memory; use it in a {@code try} statement. */
    final class Open implements AutoCloseable {
        private final ShardEntry entry;
        private final Arena arena;
        private final MappedShard shard;
        private int users;

        private Open(ShardEntry entry, Arena arena, MappedShard shard) {
            this.entry = entry;
            this.arena = arena;
            this.shard = shard;
        }

        MappedShard shard() {
            return shard;
        }

        /** Ends this use. */
        @Override
        public void close() {
            synchronized (OpenShards.this) {
                users--;
            }
        }

        private void unmap() {
            arena.close();
            files.release(entry);
            bytes -= entry.bytes();
        }
    }

    OpenShards(String folder, ShardManifest manifest, ShardFiles files) {
        this.folder = folder;
        this.manifest = manifest;
        this.files = files;
    }

    /**
     * A shard to read from until it is closed.
     *
     * @throws DataException when it is missing or damaged
     */
    synchronized Open use(int index) {
        Open present = open.get(index);
        if (present == null) {
            ShardEntry entry = manifest.shards().get(index);
            makeRoom(entry.bytes());
            present = map(entry);
            open.put(index, present);
            bytes += entry.bytes();
        }
        present.users++;
        return present;
    }

    /** Begins to fetch a shard that will be used soon. */
    void fetchAhead(int index) {
        files.fetchAhead(manifest.shards().get(index));
    }

    private void makeRoom(long needed) {
        Iterator<Open> oldest = open.values().iterator();
        while (bytes + needed > files.capacity() && oldest.hasNext()) {
            Open candidate = oldest.next();
            if (candidate.users == 0) {
                oldest.remove();
                candidate.unmap();
            }
        }
    }

    private Open map(ShardEntry entry) {
        String location = folder + "/" + entry.file();
        Arena arena = Arena.ofShared();
        boolean acquired = false;
        try {
            var path = files.acquire(entry);
            acquired = true;
            return new Open(entry, arena, MappedShard.open(path, location, entry, manifest.identity(), arena));
        } catch (IOException | IllegalArgumentException e) {
            abandon(entry, arena, acquired);
            throw new DataException("%s: cannot open the shard (%s)".formatted(location, e), e);
        } catch (RuntimeException e) {
            abandon(entry, arena, acquired);
            throw e;
        }
    }

    private void abandon(ShardEntry entry, Arena arena, boolean acquired) {
        arena.close();
        if (acquired) {
            files.release(entry);
        }
    }

    @Override
    public synchronized void close() {
        open.values().forEach(Open::unmap);
        open.clear();
        files.close();
    }
}
