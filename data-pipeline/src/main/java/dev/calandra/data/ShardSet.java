package dev.calandra.data;

import dev.calandra.configs.DataException;
import dev.calandra.data.shards.ManifestReader;
import dev.calandra.data.shards.MappedShard;
import dev.calandra.data.shards.SequenceBuilder;
import dev.calandra.data.shards.ShardEntry;
import dev.calandra.data.shards.ShardIdentity;
import dev.calandra.data.shards.ShardManifest;
import dev.calandra.storage.FileName;
import dev.calandra.storage.Storage;
import dev.calandra.storage.StorageEntry;
import dev.calandra.storage.StorageLocation;
import dev.calandra.storage.Storages;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.stream.Collectors;

/**
 * One split of a tokenized corpus as a stream of tokens: its documents one after another, in the order of the manifest. Opening reads the
 * manifest only; a shard is mapped and verified in full the first time one of its tokens is asked for.
 *
 * <p>Safe for use by many threads, but {@link #close} must come after the last read.
 */
public final class ShardSet implements AutoCloseable {
    private final StorageLocation owned;
    private final Storage storage;
    private final String folder;
    private final ShardManifest manifest;
    private final Arena arena = Arena.ofShared();
    private final AtomicReferenceArray<MappedShard> shards;

    /** First token of each shard, counted in the stream, and the total at the end. */
    private final long[] firstToken;

    private ShardSet(StorageLocation owned, Storage storage, String folder, ShardManifest manifest) {
        this.owned = owned;
        this.storage = storage;
        this.folder = folder;
        this.manifest = manifest;
        this.shards = new AtomicReferenceArray<>(manifest.shards().size());
        this.firstToken = new long[manifest.shards().size() + 1];
        for (int i = 0; i < manifest.shards().size(); i++) {
            firstToken[i + 1] = firstToken[i] + manifest.shards().get(i).tokens();
        }
    }

    /**
     * Opens a split of a corpus folder, as a user names it: local or {@code hdfs://}.
     *
     * @throws DataException when the folder holds no finished set
     */
    public static ShardSet open(String folder, Split split) {
        try {
            StorageLocation location = Storages.open(folder);
            try {
                return open(location, location.storage(), location.location(), split);
            } catch (IOException | RuntimeException e) {
                location.close();
                throw e;
            }
        } catch (IOException e) {
            throw new DataException(folder + ": cannot open the shards (" + e + ")", e);
        }
    }

    /**
     * Opens a split of a corpus folder on a storage that the caller closes.
     *
     * @throws DataException when the folder holds no finished set
     */
    public static ShardSet open(Storage storage, String folder, Split split) {
        try {
            return open(null, storage, folder, split);
        } catch (IOException e) {
            throw new DataException(folder + ": cannot open the shards (" + e + ")", e);
        }
    }

    private static ShardSet open(StorageLocation owned, Storage storage, String folder, Split split)
            throws IOException {
        String splitFolder = storage.child(folder, new FileName(split.folderName()));
        ShardManifest manifest = new ManifestReader(storage).read(splitFolder);
        if (!manifest.identity().split().equals(split.folderName())) {
            throw new DataException("%s: holds the split '%s', not '%s'; a folder was moved: tokenize the corpus again"
                    .formatted(splitFolder, manifest.identity().split(), split.folderName()));
        }
        requireLengths(storage, splitFolder, manifest);
        return new ShardSet(owned, storage, splitFolder, manifest);
    }

    /** Shards are read when their turn comes; a lost or truncated one should not wait till then to be told. */
    private static void requireLengths(Storage storage, String folder, ShardManifest manifest) throws IOException {
        Map<String, Long> lengths = storage.list(folder).stream()
                .filter(entry -> !entry.folder())
                .collect(Collectors.toMap(StorageEntry::name, StorageEntry::length));
        for (ShardEntry shard : manifest.shards()) {
            Long length = lengths.get(shard.file());
            if (length == null) {
                throw new DataException("%s: the shard %s is missing; restore it or tokenize the corpus again"
                        .formatted(folder, shard.file()));
            }
            shard.requireLength(folder + "/" + shard.file(), length);
        }
    }

    /** What the manifest says. */
    public ShardManifest manifest() {
        return manifest;
    }

    /** Tokens in the stream, end-of-text tokens included. */
    public long tokens() {
        return firstToken[firstToken.length - 1];
    }

    /** Identifies the content: see {@link ShardManifest#fingerprint}. */
    public String fingerprint() {
        return manifest.fingerprint();
    }

    /**
     * Refuses a set whose ids belong to another tokenizer.
     *
     * @throws DataException naming both
     */
    public void requireTokenizer(Tokenizer tokenizer) {
        ShardIdentity identity = manifest.identity();
        if (!identity.tokenizerSha256().equals(tokenizer.sha256())) {
            throw new DataException(
                    "%s: was tokenized with another tokenizer (SHA-256 %s… where %s has %s…); tokenize the corpus again or change data.tokenizer"
                            .formatted(
                                    folder,
                                    start(identity.tokenizerSha256()),
                                    tokenizer.file(),
                                    start(tokenizer.sha256())));
        }
    }

    /**
     * The sequence that begins at a token of the stream; after the last token the stream begins again.
     *
     * @param position 0 to tokens − 1
     * @param length tokens to take, at most {@link #tokens}
     * @throws DataException when a shard is missing or damaged
     */
    public PackedSequence read(long position, int length) {
        if (position < 0 || position >= tokens() || length > tokens()) {
            throw new IndexOutOfBoundsException("%d tokens from %d, of %d".formatted(length, position, tokens()));
        }
        SequenceBuilder sequence = new SequenceBuilder(length);
        int index = shardOf(position);
        long from = position - firstToken[index];
        while (sequence.remaining() > 0) {
            shard(index).read(from, sequence);
            from = 0;
            index = (index + 1) % shards.length();
        }
        return new PackedSequence(sequence.tokens(), sequence.documentStart(), sequence.target());
    }

    @Override
    public void close() {
        arena.close();
        if (owned != null) {
            try {
                owned.close();
            } catch (IOException e) {
                throw new DataException(folder + ": cannot close the storage (" + e + ")", e);
            }
        }
    }

    private int shardOf(long position) {
        int low = 0;
        int high = shards.length() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (firstToken[middle] <= position) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    private MappedShard shard(int index) {
        MappedShard shard = shards.get(index);
        return shard != null ? shard : openShard(index);
    }

    private synchronized MappedShard openShard(int index) {
        MappedShard present = shards.get(index);
        if (present != null) {
            return present;
        }
        var entry = manifest.shards().get(index);
        try {
            String location = storage.child(folder, new FileName(entry.file()));
            MappedShard shard = MappedShard.open(storage, location, entry, manifest.identity(), arena);
            shards.set(index, shard);
            return shard;
        } catch (IOException | IllegalArgumentException e) {
            throw new DataException("%s: cannot open the shard '%s' (%s)".formatted(folder, entry.file(), e), e);
        }
    }

    private static String start(String sha256) {
        return sha256.substring(0, Math.min(12, sha256.length()));
    }
}
