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
import org.apache.arrow.flatbuf.Block;
import org.apache.arrow.flatbuf.Buffer;
import org.apache.arrow.flatbuf.Footer;
import org.apache.arrow.flatbuf.KeyValue;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.flatbuf.RecordBatch;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Where the columns of a shard lie in its file, from a walk over the Arrow footer and the record batches' headers. Flatbuffers are tables
 * of offsets that nothing vouches for: every position and length is held against the file before it is used, so no reader of the result can
 * leave the file. (Arrow's own file reader copies each record batch; this walk is what lets the tokens stay in the mapped file.)
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
     * One record batch; positions are bytes from the start of the file.
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

    private ShardLayout(String name, FileWindow file) {
        this.name = name;
        this.file = file;
    }

    /**
     * Walks a shard.
     *
     * @param name the shard's location, for messages
     * @throws DataException when it is not a shard of this identity or any of its offsets is wrong
     */
    static List<Batch> read(String name, FileWindow file, ShardIdentity identity) {
        try {
            return new ShardLayout(name, file).walk(identity);
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

    private List<Batch> walk(ShardIdentity identity) {
        Footer footer = footer();
        checkSchema(footer, identity);
        int count = footer.recordBatchesLength();
        require(
                count >= 0
                        && (long) count * BLOCK_BYTES <= footer.getByteBuffer().capacity(),
                "claims %d record batches",
                count);
        require(footer.dictionariesLength() == 0, "has dictionaries, which shards never have");
        List<Batch> batches = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            batches.add(batch(footer.recordBatches(i)));
        }
        return List.copyOf(batches);
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
        Schema found = Schema.convertSchema(footer.schema());
        Schema expected = ShardSchema.of(identity);
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

    private Batch batch(Block block) {
        int metadataLength = block.metaDataLength();
        require(metadataLength > HEADER, "has a record batch header of %d bytes", metadataLength);
        ByteBuffer metadata = file.slice(block.offset(), metadataLength);
        require(metadata.getInt() == CONTINUATION, "has no record batch at %d", block.offset());
        int messageLength = metadata.getInt();
        require(
                messageLength > 0 && messageLength <= metadataLength - HEADER,
                "has a record batch header of %d bytes at %d",
                messageLength,
                block.offset());
        Message message =
                Message.getRootAsMessage(metadata.slice(HEADER, messageLength).order(ByteOrder.LITTLE_ENDIAN));
        require(message.headerType() == MessageHeader.RecordBatch, "has no record batch at %d", block.offset());
        require(message.bodyLength() == block.bodyLength(), "has a record batch of two lengths at %d", block.offset());
        RecordBatch batch = (RecordBatch) message.header(new RecordBatch());
        require(batch.compression() == null, "is compressed; shards are read in place and never are");
        require(batch.nodesLength() == ShardSchema.NODES, "has %d nodes in a record batch", batch.nodesLength());
        require(batch.buffersLength() == ShardSchema.BUFFERS, "has %d buffers", batch.buffersLength());
        long body = Math.addExact(block.offset(), metadataLength);
        require(
                block.bodyLength() >= 0 && block.bodyLength() <= file.length() - body,
                "has a record batch that ends after the file, at %d",
                body);
        return columns(batch, body, block.bodyLength());
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
