package dev.calandra.data.shards;

import dev.calandra.configs.DataException;
import dev.calandra.storage.InputFile;
import dev.calandra.storage.Storage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * One verified shard in memory: mapped where it is a local file, copied once where it is not. Opening it checks the length, the CRC-32C of
 * every byte, the layout, the row offsets, and that every token id lies in the vocabulary; after that a read is a copy from the file's own
 * pages.
 *
 * <p>Safe for use by many threads. The memory belongs to the arena given to {@link #open}.
 */
public final class MappedShard {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final long CHUNK = 1L << 26;

    private final MemorySegment file;
    private final List<ShardLayout.Batch> batches;

    /** First token of each batch, counted in the shard, and the total at the end. */
    private final long[] firstToken;

    private MappedShard(MemorySegment file, List<ShardLayout.Batch> batches) {
        this.file = file;
        this.batches = batches;
        this.firstToken = new long[batches.size() + 1];
        for (int i = 0; i < batches.size(); i++) {
            firstToken[i + 1] = firstToken[i] + batches.get(i).tokens();
        }
    }

    /**
     * Maps and verifies a shard.
     *
     * @param location of the shard
     * @param entry what the manifest says of it
     * @throws DataException when the file is missing, differs from its entry, or holds anything else than documents of this identity
     */
    public static MappedShard open(
            Storage storage, String location, ShardEntry entry, ShardIdentity identity, Arena arena) {
        return verified(location, bytes(storage, location, entry, arena), entry, identity);
    }

    static MappedShard verified(String location, MemorySegment file, ShardEntry entry, ShardIdentity identity) {
        int crc = crc32c(file);
        if (crc != entry.crc32c()) {
            throw new DataException("%s: its CRC-32C is %08x, the manifest says %s: the file was changed or damaged; "
                            .formatted(location, crc, entry.crc32cHex())
                    + "restore it or tokenize the corpus again");
        }
        MappedShard shard = new MappedShard(file, ShardLayout.read(location, new Window(file), identity));
        shard.checkContent(location, entry, identity.vocabSize());
        return shard;
    }

    /** Tokens in the shard. */
    public long tokens() {
        return firstToken[batches.size()];
    }

    /**
     * Appends tokens to a sequence until it is full or the shard ends.
     *
     * @param from the first token, 0 to tokens - 1
     */
    public void read(long from, SequenceBuilder sequence) {
        int index = batchOf(from);
        long position = from;
        while (sequence.remaining() > 0 && index < batches.size()) {
            readBatch(batches.get(index), Math.toIntExact(position - firstToken[index]), sequence);
            index++;
            position = firstToken[Math.min(index, batches.size())];
        }
    }

    private void readBatch(ShardLayout.Batch batch, int from, SequenceBuilder sequence) {
        int row = rowOf(batch, from);
        int position = from;
        while (sequence.remaining() > 0 && row < batch.rows()) {
            int start = offset(batch, row);
            int count = Math.min(sequence.remaining(), offset(batch, row + 1) - position);
            MemorySegment.copy(
                    file,
                    INT,
                    batch.values() + (long) Integer.BYTES * position,
                    sequence.tokens(),
                    sequence.filled(),
                    count);
            sequence.addRun(count, position - start, lossStart(batch, row));
            position += count;
            row++;
        }
    }

    private int batchOf(long token) {
        int low = 0;
        int high = batches.size() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (firstToken[middle] <= token) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    /** The document that a token of a batch belongs to, by binary search over the row offsets. */
    private int rowOf(ShardLayout.Batch batch, int token) {
        int low = 0;
        int high = batch.rows() - 1;
        while (low < high) {
            int middle = (low + high + 1) >>> 1;
            if (offset(batch, middle) <= token) {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        return low;
    }

    private int offset(ShardLayout.Batch batch, int row) {
        return file.get(INT, batch.offsets() + (long) Integer.BYTES * row);
    }

    private int lossStart(ShardLayout.Batch batch, int row) {
        return file.get(INT, batch.lossStart() + (long) Integer.BYTES * row);
    }

    private void checkContent(String location, ShardEntry entry, int vocabSize) {
        long rows = batches.stream().mapToLong(ShardLayout.Batch::rows).sum();
        if (rows != entry.documents() || tokens() != entry.tokens()) {
            throw new DataException("%s: holds %d documents and %d tokens, the manifest says %d and %d; "
                            .formatted(location, rows, tokens(), entry.documents(), entry.tokens())
                    + "tokenize the corpus again");
        }
        for (ShardLayout.Batch batch : batches) {
            checkRows(location, batch);
            checkTokens(location, batch, vocabSize);
        }
    }

    private void checkRows(String location, ShardLayout.Batch batch) {
        boolean sound = offset(batch, 0) == 0 && offset(batch, batch.rows()) == batch.tokens();
        for (int row = 0; row < batch.rows() && sound; row++) {
            int start = offset(batch, row);
            int end = offset(batch, row + 1);
            sound = end > start && lossStart(batch, row) >= 0 && lossStart(batch, row) <= end - start;
        }
        if (!sound) {
            throw new DataException(location + ": its row offsets are out of order; tokenize the corpus again");
        }
    }

    private void checkTokens(String location, ShardLayout.Batch batch, int vocabSize) {
        int[] chunk = new int[Math.min(batch.tokens(), 1 << 14)];
        for (int from = 0; from < batch.tokens(); from += chunk.length) {
            int count = Math.min(chunk.length, batch.tokens() - from);
            MemorySegment.copy(file, INT, batch.values() + (long) Integer.BYTES * from, chunk, 0, count);
            for (int i = 0; i < count; i++) {
                if (Integer.compareUnsigned(chunk[i], vocabSize) >= 0) {
                    throw new DataException(
                            "%s: token id %d is outside the vocabulary (%d ids); tokenize the corpus with the tokenizer of the config"
                                    .formatted(location, chunk[i], vocabSize));
                }
            }
        }
    }

    private static MemorySegment bytes(Storage storage, String location, ShardEntry entry, Arena arena) {
        try {
            long length = storage.length(location);
            entry.requireLength(location, length);
            Optional<Path> path = storage.localPath(location);
            return path.isPresent() ? map(path.get(), length, arena) : copy(storage, location, length, arena);
        } catch (IOException e) {
            throw new DataException(location + ": cannot read the shard (" + e + "); check that it is there", e);
        }
    }

    private static MemorySegment map(Path path, long length, Arena arena) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            return channel.map(MapMode.READ_ONLY, 0, length, arena);
        }
    }

    private static MemorySegment copy(Storage storage, String location, long length, Arena arena) throws IOException {
        MemorySegment copy = arena.allocate(length);
        try (InputFile input = storage.openFile(location)) {
            for (long position = 0; position < length; position += CHUNK) {
                ByteBuffer chunk = copy.asSlice(position, Math.min(CHUNK, length - position))
                        .asByteBuffer();
                input.readFully(position, chunk);
            }
        }
        return copy.asReadOnly();
    }

    private static int crc32c(MemorySegment file) {
        CRC32C crc = new CRC32C();
        for (long position = 0; position < file.byteSize(); position += CHUNK) {
            crc.update(file.asSlice(position, Math.min(CHUNK, file.byteSize() - position))
                    .asByteBuffer());
        }
        return (int) crc.getValue();
    }

    /** The file's metadata ranges; a range outside the segment throws {@link IndexOutOfBoundsException}. */
    private record Window(MemorySegment file) implements ShardLayout.FileWindow {
        @Override
        public long length() {
            return file.byteSize();
        }

        @Override
        public ByteBuffer slice(long position, long length) {
            return file.asSlice(position, length).asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        }
    }
}
