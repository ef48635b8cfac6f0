package dev.calandra.data.shards;

import com.google.flatbuffers.FlatBufferBuilder;
import dev.calandra.configs.DataException;
import dev.calandra.storage.FileName;
import dev.calandra.storage.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.ipc.WriteChannel;
import org.apache.arrow.vector.ipc.message.ArrowBlock;
import org.apache.arrow.vector.ipc.message.ArrowFooter;
import org.apache.arrow.vector.ipc.message.ArrowRecordBatch;
import org.apache.arrow.vector.ipc.message.MessageSerializer;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Writes documents as shards. A shard is written under a temporary name, synced, and only then renamed; {@link #finish} writes the manifest
 * last, in the same way, and that is the commit. A writer closed without {@link #finish} leaves no manifest, hence no set, but the next one
 * with the same settings goes on after its last finished shard and writes, for the same documents, the same bytes.
 *
 * <p>Memory: one record batch. Not safe for use by several threads.
 */
public final class ShardWriter implements AutoCloseable {
    private static final byte[] MAGIC = "ARROW1".getBytes(StandardCharsets.US_ASCII);
    private static final String UNFINISHED = ".unfinished";

    private final Storage storage;
    private final String folder;
    private final ShardIdentity identity;
    private final ShardLimits limits;
    private final String settings;
    private final Schema schema;
    private final BufferAllocator allocator = new RootAllocator();
    private final BatchBuffer batch = new BatchBuffer();
    private final FinishedShards resumed;
    private final List<ShardEntry> finished = new ArrayList<>();
    private OpenShard open;
    private long textBytes;

    /**
     * Starts a set of shards in a folder, which is created, or goes on where an interrupted job left it.
     *
     * @param otherSettings what else decides which rows the documents become; a job with others does not go on
     * @throws DataException when the folder holds a finished set, an unfinished one with other settings, or anything that a job does not leave
     *     behind
     */
    public ShardWriter(Storage storage, String folder, ShardIdentity identity, ShardLimits limits, String otherSettings)
            throws IOException {
        this.storage = storage;
        this.folder = folder;
        this.identity = identity;
        this.limits = limits;
        this.schema = ShardSchema.of(identity);
        this.settings =
                new Fingerprint().add(identity).add(limits).add(otherSettings).hex();
        this.resumed = FinishedShards.in(storage, folder, settings);
        for (ShardReceipt receipt : resumed.receipts()) {
            finished.add(receipt.shard());
            textBytes += receipt.textBytes();
        }
        storage.createFolders(folder);
    }

    /** Number in the input of the last document that a finished shard holds, -1 when there is none: {@link #pass} takes those before. */
    public long lastFinishedNumber() {
        return resumed.lastNumber();
    }

    /** Tokens in finished shards. */
    public long finishedTokens() {
        return finished.stream().mapToLong(ShardEntry::tokens).sum();
    }

    /**
     * Walks past a document that a finished shard holds.
     *
     * @throws DataException when the shard holds another one: the input has changed since the job was interrupted
     */
    public void pass(InputKey key) {
        resumed.pass(key);
    }

    /**
     * Adds one document.
     *
     * @param tokens its ids, at least one, the last being the end-of-text token
     * @param lossStart index of the first token that may be a loss target, 0 = all
     * @param id stable identity of the document
     * @param bytes bytes of UTF-8 text that the tokens stand for
     * @param key of the document in the input, after {@link #lastFinishedNumber}
     */
    public void add(int[] tokens, int lossStart, long id, long bytes, InputKey key) throws IOException {
        resumed.requireAllPassed();
        if (tokens.length == 0 || lossStart < 0 || lossStart > tokens.length) {
            throw new IllegalArgumentException(
                    "a document of %d tokens cannot start its loss at %d".formatted(tokens.length, lossStart));
        }
        if (batch.rows() > 0 && batch.tokenCount() + (long) tokens.length > limits.tokensPerBatch()) {
            flush();
        }
        if (open != null && open.tokens + batch.tokenCount() >= limits.tokensPerShard()) {
            flush();
            closeShard();
        }
        if (open == null) {
            open = new OpenShard();
        }
        batch.add(tokens, lossStart, id);
        open.textBytes += bytes;
        open.lastNumber = key.number();
        open.digest = key.digest(open.digest);
        textBytes += bytes;
    }

    /** Writes what remains and commits the set. */
    public ShardManifest finish() throws IOException {
        resumed.requireAllPassed();
        if (open != null) {
            flush();
            closeShard();
        }
        ShardManifest manifest = new ShardManifest(identity, textBytes, finished);
        writeWhole(ShardManifest.FILE, manifest.toJson());
        return manifest;
    }

    /** Deletes what only a resumption needs, once the whole job is committed. */
    public void deleteReceipts() throws IOException {
        for (int number = 0; number < finished.size(); number++) {
            storage.delete(location(receiptName(number)));
        }
    }

    /** Releases memory and the file being written; what is unfinished stays behind under its temporary name. */
    @Override
    public void close() throws IOException {
        try {
            if (open != null) {
                open.file.close();
            }
        } finally {
            allocator.close();
        }
    }

    private void flush() throws IOException {
        if (batch.rows() == 0) {
            return;
        }
        try (ArrowRecordBatch recordBatch = batch.toRecordBatch(allocator)) {
            open.file.beginBatch();
            open.blocks.add(MessageSerializer.serialize(open.channel, recordBatch));
            open.batches.add(new BatchEntry(batch.rows(), batch.tokenCount(), open.file.endBatch()));
        }
        open.documents += batch.rows();
        open.tokens += batch.tokenCount();
        batch.clear();
    }

    private void closeShard() throws IOException {
        open.end();
        ShardEntry entry = new ShardEntry(
                open.name,
                open.documents,
                open.tokens,
                open.file.length(),
                open.file.crc32c(),
                open.file.frameCrc32c());
        ShardReceipt receipt = new ShardReceipt(entry, open.textBytes, open.lastNumber, open.digest, settings);
        writeWhole(receiptName(finished.size()), receipt.toJson());
        publish(open.name);
        finished.add(entry);
        open = null;
    }

    private void writeWhole(String name, byte[] content) throws IOException {
        try (ChecksummedFile file = create(name)) {
            file.write(ByteBuffer.wrap(content));
            file.sync();
        }
        publish(name);
    }

    private ChecksummedFile create(String name) throws IOException {
        return new ChecksummedFile(storage.createFile(location(name + UNFINISHED)));
    }

    private void publish(String name) throws IOException {
        storage.replaceFile(location(name + UNFINISHED), location(name));
        storage.syncFolder(folder);
    }

    static String shardName(int number) {
        return String.format(Locale.ROOT, "shard-%06d.arrow", number);
    }

    static String receiptName(int number) {
        return String.format(Locale.ROOT, "shard-%06d.json", number);
    }

    private String location(String name) throws IOException {
        return storage.child(folder, new FileName(name));
    }

    /** An Arrow IPC file under way: magic, schema, record batches, end marker, footer, footer length, magic. */
    private final class OpenShard {
        private final String name = shardName(finished.size());
        private final List<ArrowBlock> blocks = new ArrayList<>();
        private final List<BatchEntry> batches = new ArrayList<>();
        private final ChecksummedFile file;
        private final WriteChannel channel;
        private long documents;
        private long tokens;
        private long textBytes;
        private long lastNumber;
        private long digest;

        private OpenShard() throws IOException {
            file = create(name);
            channel = new WriteChannel(file);
            channel.write(MAGIC);
            channel.align();
            MessageSerializer.serialize(channel, schema);
        }

        private void end() throws IOException {
            channel.writeIntLittleEndian(MessageSerializer.IPC_CONTINUATION_TOKEN);
            channel.writeIntLittleEndian(0);
            FlatBufferBuilder builder = new FlatBufferBuilder();
            Map<String, String> metadata = Map.of(BatchEntry.KEY, BatchEntry.format(batches));
            builder.finish(new ArrowFooter(schema, List.of(), blocks, metadata).writeTo(builder));
            ByteBuffer footer = builder.dataBuffer();
            int footerLength = footer.remaining();
            channel.write(footer);
            channel.write(ByteBuffer.allocate(Integer.BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(footerLength)
                    .flip());
            channel.write(MAGIC);
            file.sync();
            file.close();
        }
    }
}
