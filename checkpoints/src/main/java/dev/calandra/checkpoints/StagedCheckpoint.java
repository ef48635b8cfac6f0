package dev.calandra.checkpoints;

import dev.calandra.configs.CheckpointException;
import dev.calandra.storage.FileName;
import dev.calandra.storage.OutputFile;
import dev.calandra.storage.Storage;
import dev.calandra.storage.StorageEntry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A save under way, in a folder that no reader looks at. Ranks write their shards, in parallel if they like; one of them gathers the reports
 * and commits. Closing without a commit removes the folder.
 */
public final class StagedCheckpoint implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StagedCheckpoint.class);

    private final CheckpointStore store;
    private final Storage storage;
    private final String folder;
    private final long step;
    private final int worldSize;
    private final String saveId;
    private boolean committed;

    StagedCheckpoint(CheckpointStore store, Storage storage, String folder, long step, int worldSize, String saveId) {
        requireWorldSize(worldSize);
        this.store = store;
        this.storage = storage;
        this.folder = folder;
        this.step = step;
        this.worldSize = worldSize;
        this.saveId = saveId;
    }

    private static void requireWorldSize(int worldSize) {
        if (worldSize < 1 || worldSize > LogicalTensor.MAX_PIECES) {
            throw new IllegalArgumentException(
                    "world size " + worldSize + " is not within 1 to " + LogicalTensor.MAX_PIECES);
        }
    }

    /** Location of the staged folder, for the other ranks. */
    String folder() {
        return folder;
    }

    /**
     * Writes and syncs the shard of one rank; the CRC32C is taken as the bytes go out.
     *
     * @throws CheckpointException when the storage refuses
     */
    public ShardReport writeShard(int rank, List<TensorSource> tensors) {
        try {
            return writeShard(storage, folder, rank, worldSize, tensors);
        } catch (IOException e) {
            throw store.failed(step, e);
        }
    }

    /** The same for a rank in another process. */
    static ShardReport writeShard(Storage storage, String folder, int rank, int worldSize, List<TensorSource> tensors)
            throws IOException {
        requireWorldSize(worldSize);
        if (rank < 0 || rank >= worldSize) {
            throw new IllegalArgumentException("rank " + rank + " of " + worldSize);
        }
        FileName name = new FileName(String.format("rank-%04d-of-%04d.safetensors", rank, worldSize));
        try (OutputFile file = storage.createFile(storage.child(folder, name))) {
            CheckedChannel channel = new CheckedChannel(file);
            SafetensorsWriter.writeChecked(channel, tensors, Map.of());
            file.sync();
            return ShardReport.of(rank, new Shard(name, channel.length(), channel.crc32c()), tensors);
        } catch (OutOfMemoryError e) {
            // A failure as any other: a rank that fell silent would leave the others waiting.
            throw new CheckpointException(name + ": out of memory (" + e.getMessage() + "); give the JVM more", e);
        }
    }

    /**
     * Writes the manifest and commits; returns when the step is durable. The reports must be one of each rank.
     *
     * @return bytes of all files of the step
     * @throws SupersededException when another trainer has claimed the run meanwhile
     * @throws CheckpointException when a rank did not report, the folder does not hold what was reported, or the storage refuses
     */
    public long commit(List<ShardReport> reports, Map<String, Object> state) {
        long bytes = seal(reports, state);
        store.requireCurrent(step);
        rename();
        store.finish(step);
        return bytes;
    }

    /** Protocol step 4: the manifest, and with it every file and name of the folder, is durable. */
    long seal(List<ShardReport> reports, Map<String, Object> state) {
        List<ShardReport> byRank = reports.stream()
                .sorted(Comparator.comparingInt(ShardReport::rank))
                .toList();
        requireAllRanks(byRank);
        Manifest manifest = new Manifest(
                step,
                store.epoch(),
                saveId,
                worldSize,
                byRank.stream().map(ShardReport::shard).toList(),
                ShardReport.merged(byRank),
                StateValues.normalised(state));
        byte[] bytes = ManifestFormat.toBytes(manifest);
        try {
            try (OutputFile file = storage.createFile(storage.child(folder, Manifest.FILE))) {
                file.write(ByteBuffer.wrap(bytes));
                file.sync();
            }
            requireListing(byRank, bytes.length);
            storage.syncFolder(folder);
        } catch (IOException e) {
            throw store.failed(step, e);
        }
        return bytes.length
                + byRank.stream().mapToLong(report -> report.shard().length()).sum();
    }

    /** Protocol step 6: the commit. */
    void rename() {
        store.rename(folder, step, saveId);
        committed = true;
    }

    private void requireAllRanks(List<ShardReport> byRank) {
        List<Integer> missing = new ArrayList<>();
        for (int rank = 0; rank < worldSize; rank++) {
            int wanted = rank;
            if (byRank.stream().noneMatch(report -> report.rank() == wanted)) {
                missing.add(rank);
            }
        }
        if (!missing.isEmpty() || byRank.size() != worldSize) {
            throw new CheckpointException("step " + step + " is not committed: " + byRank.size() + " reports for "
                    + worldSize + " ranks, none from ranks " + missing);
        }
    }

    /** A shard that another process reported may be missing here or be of an earlier attempt, and a full disk may have lied. */
    private void requireListing(List<ShardReport> byRank, int manifestBytes) throws IOException {
        Set<StorageEntry> expected = new TreeSet<>(Comparator.comparing(StorageEntry::name));
        expected.add(new StorageEntry(Manifest.FILE.value(), false, manifestBytes));
        for (ShardReport report : byRank) {
            expected.add(new StorageEntry(
                    report.shard().name().value(), false, report.shard().length()));
        }
        List<StorageEntry> actual = storage.list(folder);
        if (!List.copyOf(expected).equals(actual)) {
            throw new IOException("the staged folder holds " + actual + ", but the ranks reported " + expected);
        }
    }

    /** Removes the folder unless it was committed. What cannot be removed now is removed when the run is next opened. */
    @Override
    public void close() {
        if (committed) {
            return;
        }
        try {
            storage.delete(folder);
        } catch (IOException e) {
            LOG.warn("{} could not be removed; the next trainer of this run will: {}", folder, e.getMessage());
        }
    }
}
