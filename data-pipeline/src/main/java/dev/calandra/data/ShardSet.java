package dev.calandra.data;

import dev.calandra.configs.CacheConfig;
import dev.calandra.configs.DataException;
import dev.calandra.data.shards.ManifestReader;
import dev.calandra.data.shards.SequenceBuilder;
import dev.calandra.data.shards.ShardEntry;
import dev.calandra.data.shards.ShardFiles;
import dev.calandra.data.shards.ShardIdentity;
import dev.calandra.data.shards.ShardManifest;
import dev.calandra.storage.FileName;
import dev.calandra.storage.Storage;
import dev.calandra.storage.StorageEntry;
import dev.calandra.storage.StorageLocation;
import dev.calandra.storage.Storages;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * One split of a tokenized corpus as a stream of tokens: its documents one after another, in the order of the manifest. Opening reads the
 * manifest only; a shard is mapped when one of its tokens is first asked for, and each of its record batches verified when it is touched.
 *
 * <p>Safe for use by many threads, but {@link #close} must come after the last read.
 */
public final class ShardSet implements AutoCloseable {
    private final StorageLocation owned;
    private final String folder;
    private final ShardManifest manifest;
    private final ShardFiles files;
    private final OpenShards shards;

    /** First token of each shard, counted in the stream, and the total at the end. */
    private final long[] firstToken;

    private ShardSet(StorageLocation owned, String folder, ShardManifest manifest, ShardFiles files) {
        this.owned = owned;
        this.folder = folder;
        this.manifest = manifest;
        this.files = files;
        this.shards = new OpenShards(folder, manifest, files);
        this.firstToken = new long[manifest.shards().size() + 1];
        for (int i = 0; i < manifest.shards().size(); i++) {
            firstToken[i + 1] = firstToken[i] + manifest.shards().get(i).tokens();
        }
    }

    /**
     * Opens a split of a corpus folder, as a user names it: local or {@code hdfs://}.
     *
     * @param cache for copies of shards that are not on local disk
     * @throws DataException when the folder holds no finished set
     */
    public static ShardSet open(String folder, Split split, CacheConfig cache) {
        try {
            StorageLocation location = Storages.open(folder);
            try {
                return open(location, location.storage(), location.location(), split, cache);
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
     * @param cache for copies of shards that are not on local disk
     * @throws DataException when the folder holds no finished set
     */
    public static ShardSet open(Storage storage, String folder, Split split, CacheConfig cache) {
        try {
            return open(null, storage, folder, split, cache);
        } catch (IOException e) {
            throw new DataException(folder + ": cannot open the shards (" + e + ")", e);
        }
    }

    private static ShardSet open(StorageLocation owned, Storage storage, String folder, Split split, CacheConfig cache)
            throws IOException {
        String splitFolder = storage.child(folder, new FileName(split.folderName()));
        ShardManifest manifest = new ManifestReader(storage).read(splitFolder);
        if (!manifest.identity().split().equals(split.folderName())) {
            throw new DataException("%s: holds the split '%s', not '%s'; a folder was moved: tokenize the corpus again"
                    .formatted(splitFolder, manifest.identity().split(), split.folderName()));
        }
        requireLengths(storage, splitFolder, manifest);
        ShardFiles files = ShardFiles.of(storage, splitFolder, manifest.fingerprint(), cache);
        return new ShardSet(owned, splitFolder, manifest, files);
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
            try (OpenShards.Open shard = shards.use(index)) {
                shard.shard().read(from, sequence);
            }
            from = 0;
            index = (index + 1) % shardCount();
        }
        return new PackedSequence(sequence.tokens(), sequence.documentStart(), sequence.target());
    }

    /** Number of shards. */
    int shardCount() {
        return manifest.shards().size();
    }

    /** Tokens of a shard. */
    long tokens(int shard) {
        return firstToken[shard + 1] - firstToken[shard];
    }

    /** A shard to read from until it is closed. */
    OpenShards.Open use(int shard) {
        return shards.use(shard);
    }

    /** Whether shards have to be fetched before they can be read. */
    boolean isRemote() {
        return files.isRemote();
    }

    /** Begins to fetch a shard that will be used soon, where that helps; does not wait. */
    void fetchAhead(int shard) {
        shards.fetchAhead(shard);
    }

    @Override
    public void close() {
        shards.close();
        if (owned != null) {
            try {
                owned.close();
            } catch (IOException e) {
                throw new DataException(folder + ": cannot close the storage (" + e + ")", e);
            }
        }
    }

    /** The shard that holds a token of the stream. */
    int shardOf(long position) {
        int found = Arrays.binarySearch(firstToken, position);
        return found >= 0 ? found : -found - 2;
    }

    private static String start(String sha256) {
        return sha256.substring(0, Math.min(12, sha256.length()));
    }
}
