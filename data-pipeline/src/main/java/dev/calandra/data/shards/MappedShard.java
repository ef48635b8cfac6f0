package dev.calandra.data.shards;

import dev.calandra.configs.DataException;
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
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.zip.CRC32C;

/**
 * One shard in mapped memory. Opening it checks its length, its frame's CRC-32C and its footer; a record batch is checked when one of its
 * tokens is first asked for: CRC-32C of every byte, layout, row offsets, and that every token id lies in the vocabulary. After that a read
 * is a copy from the file's own pages into the sequence, and nothing else.
 *
 * <p>Safe for use by many threads. The memory belongs to the arena given to {@link #open}, which must outlive every read.
 */
public final class MappedShard {
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final int CHUNK = 1 << 16;

    private final String location;
    private final MemorySegment file;
    private final ShardIdentity identity;
    private final ShardLayout layout;
    private final List<ShardLayout.Extent> extents;
    private final AtomicReferenceArray<ShardLayout.Batch> checked;

    /** First token and first document of each batch, counted in the shard, and the totals at the end. */
    private final long[] firstToken;

    private final long[] firstDocument;

    private MappedShard(String location, MemorySegment file, ShardIdentity identity) {
        this.location = location;
        this.file = file;
        this.identity = identity;
        this.layout = new ShardLayout(location, new Window(file));
        this.extents = layout.extents(identity);
        this.checked = new AtomicReferenceArray<>(extents.size());
        this.firstToken = new long[extents.size() + 1];
        this.firstDocument = new long[extents.size() + 1];
        for (int i = 0; i < extents.size(); i++) {
            firstToken[i + 1] = firstToken[i] + extents.get(i).entry().tokens();
            firstDocument[i + 1] = firstDocument[i] + extents.get(i).entry().documents();
        }
    }

    /**
     * Maps a shard.
     *
     * @param path of the file
     * @param location of the shard, for messages
     * @param entry what the manifest says of it
     * @throws DataException when the file is missing, differs from its entry, or its frame is not that of a shard of this identity
     */
    public static MappedShard open(Path path, String location, ShardEntry entry, ShardIdentity identity, Arena arena) {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
            entry.requireLength(location, channel.size());
            return of(location, channel.map(MapMode.READ_ONLY, 0, entry.bytes(), arena), entry, identity);
        } catch (IOException e) {
            throw new DataException(location + ": cannot read the shard (" + e + "); check that it is there", e);
        }
    }

    static MappedShard of(String location, MemorySegment file, ShardEntry entry, ShardIdentity identity) {
        try {
            entry.requireLength(location, file.byteSize());
            MappedShard shard = new MappedShard(location, file, identity);
            shard.checkFrame(entry);
            return shard;
        } catch (InternalError e) {
            throw vanished(location, e);
        }
    }

    /** Tokens in the shard. */
    public long tokens() {
        return firstToken[extents.size()];
    }

    /** Documents in the shard. */
    public int documents() {
        return Math.toIntExact(firstDocument[extents.size()]);
    }

    /** Bytes of the file. */
    public long bytes() {
        return file.byteSize();
    }

    /**
     * Appends tokens to a sequence until it is full or the shard ends, document after document.
     *
     * @param from the first token, 0 to tokens - 1
     * @throws DataException when a record batch that is touched for the first time is damaged
     */
    public void read(long from, SequenceBuilder sequence) {
        try {
            int index = indexOf(firstToken, from);
            long position = from;
            while (sequence.remaining() > 0 && index < extents.size()) {
                readBatch(batch(index), Math.toIntExact(position - firstToken[index]), sequence);
                index++;
                position = firstToken[index];
            }
        } catch (InternalError e) {
            throw vanished(location, e);
        }
    }

    /** Tokens of every document [documents]; checks the whole shard. */
    public int[] documentLengths() {
        try {
            int[] lengths = new int[documents()];
            int filled = 0;
            for (int index = 0; index < extents.size(); index++) {
                ShardLayout.Batch batch = batch(index);
                for (int row = 0; row < batch.rows(); row++) {
                    lengths[filled++] = offset(batch, row + 1) - offset(batch, row);
                }
            }
            return lengths;
        } catch (InternalError e) {
            throw vanished(location, e);
        }
    }

    /**
     * Appends a stretch of one document to a sequence, as the beginning of a document of its own.
     *
     * @param document its number in the shard
     * @param from first token of the stretch in the document
     * @param count tokens to append
     * @param ahead tokens to append after those where the document has them, for targets beyond the sequence's last input
     */
    public void readDocument(int document, int from, int count, int ahead, SequenceBuilder sequence) {
        try {
            int index = indexOf(firstDocument, document);
            ShardLayout.Batch batch = batch(index);
            int row = Math.toIntExact(document - firstDocument[index]);
            int start = offset(batch, row);
            int taken = Math.min(count + ahead, offset(batch, row + 1) - start - from);
            copy(batch, start + from, taken, sequence);
            sequence.addPiece(taken, from, lossStart(batch, row));
        } catch (InternalError e) {
            throw vanished(location, e);
        }
    }

    private void readBatch(ShardLayout.Batch batch, int from, SequenceBuilder sequence) {
        int row = rowOf(batch, from);
        int position = from;
        while (sequence.remaining() > 0 && row < batch.rows()) {
            int start = offset(batch, row);
            int count = Math.min(sequence.remaining(), offset(batch, row + 1) - position);
            copy(batch, position, count, sequence);
            sequence.addRun(count, position - start, lossStart(batch, row));
            position += count;
            row++;
        }
    }

    private void copy(ShardLayout.Batch batch, int from, int count, SequenceBuilder sequence) {
        long position = batch.values() + (long) Integer.BYTES * from;
        MemorySegment.copy(file, INT, position, sequence.tokens(), sequence.filled(), count);
    }

    /** The last entry that is not above a number; entries increase. */
    private static int indexOf(long[] first, long number) {
        int found = Arrays.binarySearch(first, number);
        return found >= 0 ? found : -found - 2;
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

    /** Two threads may check the same batch at once; they come to the same result. */
    private ShardLayout.Batch batch(int index) {
        ShardLayout.Batch present = checked.getAcquire(index);
        if (present != null) {
            return present;
        }
        ShardLayout.Extent extent = extents.get(index);
        int crc = (int) crc32c(extent.position(), extent.end(), new CRC32C()).getValue();
        requireChecksum("record batch " + index, crc, extent.entry().crc32c());
        ShardLayout.Batch batch = layout.batch(extent);
        checkRows(batch);
        checkTokens(batch);
        checked.setRelease(index, batch);
        return batch;
    }

    private void checkFrame(ShardEntry entry) {
        CRC32C crc = crc32c(0, extents.getFirst().position(), new CRC32C());
        crc32c(extents.getLast().end(), file.byteSize(), crc);
        requireChecksum("frame", (int) crc.getValue(), entry.frameCrc32c());
        if (firstDocument[extents.size()] != entry.documents() || tokens() != entry.tokens()) {
            throw new DataException("%s: holds %d documents and %d tokens, the manifest says %d and %d; "
                            .formatted(
                                    location,
                                    firstDocument[extents.size()],
                                    tokens(),
                                    entry.documents(),
                                    entry.tokens())
                    + "tokenize the corpus again");
        }
    }

    private void requireChecksum(String part, int found, int stated) {
        if (found != stated) {
            throw new DataException(
                    "%s: the CRC-32C of its %s is %08x where %08x is stated: the file was changed or damaged; "
                                    .formatted(location, part, found, stated)
                            + "restore it or tokenize the corpus again");
        }
    }

    private void checkRows(ShardLayout.Batch batch) {
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

    private void checkTokens(ShardLayout.Batch batch) {
        int[] chunk = new int[Math.min(batch.tokens(), CHUNK / Integer.BYTES)];
        for (int from = 0; from < batch.tokens(); from += chunk.length) {
            int count = Math.min(chunk.length, batch.tokens() - from);
            MemorySegment.copy(file, INT, batch.values() + (long) Integer.BYTES * from, chunk, 0, count);
            for (int i = 0; i < count; i++) {
                if (Integer.compareUnsigned(chunk[i], identity.vocabSize()) >= 0) {
                    throw new DataException(
                            "%s: token id %d is outside the vocabulary (%d ids); tokenize the corpus again"
                                    .formatted(location, chunk[i], identity.vocabSize()));
                }
            }
        }
    }

    /**
     * Continues a checksum over a range of the file. The bytes pass through the heap: a page that cannot be read (a file truncated while it is
     * mapped, a failing disk) ends a copy with an error, but would end the process inside the checksum's own machine code.
     */
    private CRC32C crc32c(long from, long to, CRC32C crc) {
        byte[] chunk = new byte[(int) Math.min(CHUNK, to - from)];
        for (long position = from; position < to; position += chunk.length) {
            int count = (int) Math.min(chunk.length, to - position);
            MemorySegment.copy(file, ValueLayout.JAVA_BYTE, position, chunk, 0, count);
            crc.update(chunk, 0, count);
        }
        return crc;
    }

    private static DataException vanished(String location, InternalError e) {
        return new DataException(
                "%s: a page of it could not be read (%s): it was truncated while in use, or its disk fails; restore it"
                        .formatted(location, e.getMessage()),
                e);
    }

    /** The file's metadata ranges, copied; a range outside the segment throws {@link IndexOutOfBoundsException}. */
    private record Window(MemorySegment file) implements ShardLayout.FileWindow {
        @Override
        public long length() {
            return file.byteSize();
        }

        @Override
        public ByteBuffer slice(long position, long length) {
            byte[] copy = file.asSlice(position, length).toArray(ValueLayout.JAVA_BYTE);
            return ByteBuffer.wrap(copy).order(ByteOrder.LITTLE_ENDIAN);
        }
    }
}
