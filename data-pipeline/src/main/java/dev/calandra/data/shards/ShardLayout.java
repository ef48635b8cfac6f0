package dev.calandra.data.shards;

import dev.calandra.configs.DataException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.apache.arrow.flatbuf.Block;
import org.apache.arrow.flatbuf.Buffer;
import org.apache.arrow.flatbuf.Footer;
import org.apache.arrow.flatbuf.KeyValue;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.flatbuf.RecordBatch;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Where the record batches of a shard lie in its file, from its Arrow footer, and where the columns of a record batch lie, from its header.
 * Flatbuffers are tables of offsets that nothing vouches for: every position and length is held against the file before it is used, so no
 * reader of the result can leave the file. (Arrow's own file reader copies each record batch; this walk is what lets the tokens stay in the
 * mapped file.)
 */
final class ShardLayout {
    private static final byte[] MAGIC = "ARROW1".getBytes(StandardCharsets.US_ASCII);
    private static final int TRAILER = Integer.BYTES + MAGIC.length;
    private static final int HEADER = 8;
    private static final int CONTINUATION = 0xFFFFFFFF;

    /** Bytes of a {@code Block} in the footer: a footer of n bytes holds fewer than n / 24 of them. */
    private static final int BLOCK_BYTES = 24;

    private final String name;
    private final FileWindow file;

    /**
     * The extent of a record batch in the file, in bytes from its start.
     *
     * @param position first byte of its header
     * @param headerLength bytes of its header
     * @param bodyLength bytes of its body, which follows
     * @param entry what the footer says of it
     */
    record Extent(long position, int headerLength, long bodyLength, BatchEntry entry) {
        long end() {
            return position + headerLength + bodyLength;
        }
    }

    /**
     * The columns of a record batch; positions are bytes from the start of the file.
     *
     * @param rows documents
     * @param tokens tokens of all rows
     * @param offsets position of rows + 1 Int32: where each row begins among the values
     * @param values position of the Int32 token ids
     * @param lossStart position of rows Int32
     */
    record Batch(int rows, int tokens, long offsets, long values, long lossStart) {}

    /** Reads ranges of the file as little-endian buffers; a range outside the file throws {@link IndexOutOfBoundsException}. */
    interface FileWindow {
        long length();

        ByteBuffer slice(long position, long length);
    }

    ShardLayout(String name, FileWindow file) {
        this.name = name;
        this.file = file;
    }

    /**
     * Walks the footer.
     *
     * @return the record batches, which fill the file without gap between its schema and its footer
     * @throws DataException when it is not a shard of this identity or any of its offsets is wrong
     */
    List<Extent> extents(ShardIdentity identity) {
        return guarded(() -> walk(identity));
    }

    /**
     * Walks the header of a record batch.
     *
     * @throws DataException when any of its offsets is wrong or it is not what the footer says of it
     */
    Batch batch(Extent extent) {
        return guarded(() -> header(extent));
    }

    private <T> T guarded(Supplier<T> walk) {
        try {
            return walk.get();
        } catch (IndexOutOfBoundsException
                | IllegalArgumentException
                | ArithmeticException
                | NegativeArraySizeException
                | AssertionError
                | NullPointerException
                | UnsupportedOperationException e) {
            // What the flatbuffers classes throw when an offset or a type is out of range.
            throw new DataException(name + ": its Arrow metadata is damaged (" + e + "); tokenize the corpus again", e);
        }
    }

    private List<Extent> walk(ShardIdentity identity) {
        Footer footer = footer();
        checkSchema(footer, identity);
        int count = footer.recordBatchesLength();
        require(
                count > 0
                        && (long) count * BLOCK_BYTES <= footer.getByteBuffer().capacity(),
                "claims %d record batches",
                count);
        require(footer.dictionariesLength() == 0, "has dictionaries, which shards never have");
        List<BatchEntry> entries = BatchEntry.parse(metadata(footer, BatchEntry.KEY));
        require(entries.size() == count, "has %d record batches and lists %d", count, entries.size());
        List<Extent> extents = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            extents.add(extent(footer.recordBatches(i), entries.get(i)));
            require(
                    i == 0 || extents.get(i).position() == extents.get(i - 1).end(),
                    "has a gap before its record batch %d",
                    i);
        }
        return List.copyOf(extents);
    }

    private Extent extent(Block block, BatchEntry entry) {
        int headerLength = block.metaDataLength();
        require(
                block.offset() >= HEADER && headerLength > HEADER && block.bodyLength() >= 0,
                "has a record batch of %d + %d bytes at %d",
                headerLength,
                block.bodyLength(),
                block.offset());
        require(
                block.offset() <= file.length() - headerLength
                        && block.bodyLength() <= file.length() - headerLength - block.offset(),
                "has a record batch that ends after the file, at %d",
                block.offset());
        return new Extent(block.offset(), headerLength, block.bodyLength(), entry);
    }

    private String metadata(Footer footer, String key) {
        for (int i = 0; i < footer.customMetadataLength(); i++) {
            if (key.equals(footer.customMetadata(i).key())) {
                return footer.customMetadata(i).value();
            }
        }
        throw new DataException(name + " has no list of record batches; tokenize the corpus again");
    }

    private Footer footer() {
        long length = file.length();
        require(length >= HEADER + TRAILER, "is too short (%d bytes) to be an Arrow file", length);
        requireMagic(file.slice(0, MAGIC.length));
        requireMagic(file.slice(length - MAGIC.length, MAGIC.length));
        int footerLength = file.slice(length - TRAILER, Integer.BYTES).getInt();
        require(
                footerLength > 0 && footerLength <= length - HEADER - TRAILER,
                "has a footer of %d bytes in a file of %d",
                footerLength,
                length);
        return Footer.getRootAsFooter(file.slice(length - TRAILER - footerLength, footerLength));
    }

    private void requireMagic(ByteBuffer bytes) {
        byte[] found = new byte[MAGIC.length];
        bytes.get(found);
        require(Arrays.equals(found, MAGIC), "is not an Arrow file (no ARROW1 at its ends)");
    }

    private void checkSchema(Footer footer, ShardIdentity identity) {
        require(footer.schema() != null, "has no schema");
        require(
                footer.schema().fieldsLength() == 3,
                "has %d columns",
                footer.schema().fieldsLength());
        Schema expected = ShardSchema.of(identity);
        for (int i = 0; i < expected.getFields().size(); i++) {
            requireParts(footer.schema().fields(i), expected.getFields().get(i));
        }
        Schema found = Schema.convertSchema(footer.schema());
        require(found.getFields().equals(expected.getFields()), "has the columns %s", found.getFields());
        Map<String, String> metadata = new HashMap<>();
        for (int i = 0; i < footer.schema().customMetadataLength(); i++) {
            KeyValue entry = footer.schema().customMetadata(i);
            metadata.put(entry.key(), entry.value());
        }
        identity.metadata()
                .forEach((key, value) -> require(
                        value.equals(metadata.get(key)),
                        "says %s = %s where the manifest says %s",
                        key,
                        metadata.get(key),
                        value));
    }

    /** Columns that hold each other would overflow the stack of whoever converts them; what is expected ends. */
    private void requireParts(org.apache.arrow.flatbuf.Field found, org.apache.arrow.vector.types.pojo.Field expected) {
        int parts = expected.getChildren().size();
        require(found.childrenLength() == parts, "has the column %s of %d parts", found.name(), found.childrenLength());
        for (int i = 0; i < parts; i++) {
            requireParts(found.children(i), expected.getChildren().get(i));
        }
    }

    private Batch header(Extent extent) {
        ByteBuffer bytes = file.slice(extent.position(), extent.headerLength());
        require(bytes.getInt() == CONTINUATION, "has no record batch at %d", extent.position());
        int messageLength = bytes.getInt();
        require(
                messageLength > 0 && messageLength <= extent.headerLength() - HEADER,
                "has a record batch header of %d bytes at %d",
                messageLength,
                extent.position());
        Message message =
                Message.getRootAsMessage(bytes.slice(HEADER, messageLength).order(ByteOrder.LITTLE_ENDIAN));
        require(message.headerType() == MessageHeader.RecordBatch, "has no record batch at %d", extent.position());
        require(
                message.bodyLength() == extent.bodyLength(),
                "has a record batch of two lengths at %d",
                extent.position());
        RecordBatch batch = (RecordBatch) message.header(new RecordBatch());
        require(batch.compression() == null, "is compressed; shards are read in place and never are");
        require(batch.nodesLength() == ShardSchema.NODES, "has %d nodes in a record batch", batch.nodesLength());
        require(batch.buffersLength() == ShardSchema.BUFFERS, "has %d buffers", batch.buffersLength());
        Batch columns = columns(batch, extent.position() + extent.headerLength(), extent.bodyLength());
        require(
                columns.rows() == extent.entry().documents()
                        && columns.tokens() == extent.entry().tokens(),
                "has a record batch of %d documents and %d tokens where its footer says %d and %d",
                columns.rows(),
                columns.tokens(),
                extent.entry().documents(),
                extent.entry().tokens());
        return columns;
    }

    private Batch columns(RecordBatch batch, long body, long bodyLength) {
        int rows = Math.toIntExact(batch.length());
        int tokens = Math.toIntExact(batch.nodes(1).length());
        require(rows > 0 && tokens >= rows, "has %d tokens in %d rows", tokens, rows);
        for (int node = 0; node < ShardSchema.NODES; node++) {
            long expected = node == 1 ? tokens : rows;
            require(
                    batch.nodes(node).length() == expected && batch.nodes(node).nullCount() == 0,
                    "has a column of %d values, %d of them null, where %d were expected",
                    batch.nodes(node).length(),
                    batch.nodes(node).nullCount(),
                    expected);
        }
        long offsets = buffer(batch, ShardSchema.OFFSETS_BUFFER, Integer.BYTES * (rows + 1L), bodyLength);
        long values = buffer(batch, ShardSchema.VALUES_BUFFER, Integer.BYTES * (long) tokens, bodyLength);
        long lossStart = buffer(batch, ShardSchema.LOSS_START_BUFFER, Integer.BYTES * (long) rows, bodyLength);
        buffer(batch, ShardSchema.ID_BUFFER, Long.BYTES * (long) rows, bodyLength);
        return new Batch(rows, tokens, body + offsets, body + values, body + lossStart);
    }

    /** Position of a buffer in its body, once it is known to lie inside and to be long enough. */
    private long buffer(RecordBatch batch, int index, long needed, long bodyLength) {
        Buffer buffer = batch.buffers(index);
        long offset = buffer.offset();
        long length = buffer.length();
        require(
                offset >= 0 && length >= needed && offset <= bodyLength && length <= bodyLength - offset,
                "has a buffer of %d bytes at %d in a body of %d, where %d bytes are needed",
                length,
                offset,
                bodyLength,
                needed);
        return offset;
    }

    private void require(boolean holds, String problem, Object... arguments) {
        if (!holds) {
            throw new DataException(name + " " + problem.formatted(arguments) + "; tokenize the corpus again");
        }
    }
}
