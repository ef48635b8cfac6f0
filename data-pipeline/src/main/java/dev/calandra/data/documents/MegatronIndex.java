package dev.calandra.data.documents;

import dev.calandra.configs.DataException;
import dev.calandra.storage.InputFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Megatron-LM's {@code .idx}, little-endian: nine bytes {@code MMIDIDX\0\0}, version 1 as u64, type of the ids as u8, numbers of sequences and
 * of document bounds as u64; then for each sequence its tokens as i32 and its byte position in the {@code .bin} as i64, then the bounds: the
 * sequences before each document as i64, from 0 to their number. What follows (modes of multimodal data) is not read.
 */
final class MegatronIndex {
    private static final byte[] MAGIC = "MMIDIDX\0\0".getBytes(StandardCharsets.ISO_8859_1);
    private static final int HEADER = MAGIC.length + 8 + 1 + 8 + 8;

    private final String location;
    private final long dataLength;
    private final TokenType type;
    private final long sequences;
    private final long bounds;
    private final Section lengths;
    private final Section positions;
    private final Section documentBounds;

    /** The tokens of one document. */
    record Extent(long position, long tokens) {}

    /** Types of ids; the codes are Megatron's. Floating-point types are no ids. */
    enum TokenType {
        UINT8(1, 1),
        INT8(2, 1),
        INT16(3, 2),
        INT32(4, 4),
        INT64(5, 8),
        UINT16(8, 2);

        private final int code;
        private final int bytes;

        TokenType(int code, int bytes) {
            this.code = code;
            this.bytes = bytes;
        }

        int bytes() {
            return bytes;
        }

        /** An id at an index; one that is no 32-bit integer becomes -1, which no vocabulary has. */
        int read(ByteBuffer buffer, int index) {
            return switch (this) {
                case UINT8 -> buffer.get(index) & 0xFF;
                case INT8 -> buffer.get(index);
                case INT16 -> buffer.getShort(index);
                case UINT16 -> buffer.getShort(index) & 0xFFFF;
                case INT32 -> buffer.getInt(index);
                case INT64 -> {
                    long id = buffer.getLong(index);
                    yield id == (int) id ? (int) id : -1;
                }
            };
        }
    }

    private MegatronIndex(
            String location, InputFile file, long dataLength, TokenType type, long sequences, long bounds) {
        this.location = location;
        this.dataLength = dataLength;
        this.type = type;
        this.sequences = sequences;
        this.bounds = bounds;
        this.lengths = new Section(file, HEADER, sequences, Integer.BYTES);
        this.positions = new Section(file, HEADER + 4 * sequences, sequences, Long.BYTES);
        this.documentBounds = new Section(file, HEADER + 12 * sequences, bounds, Long.BYTES);
    }

    /**
     * Reads the header.
     *
     * @param dataLength bytes of the {@code .bin}
     * @throws DataException when it is no such index, or its length is not what its counts ask for
     */
    static MegatronIndex read(String location, InputFile file, long dataLength) throws IOException {
        require(location, file.length() >= HEADER, "is too short (%d bytes) to be a Megatron index", file.length());
        ByteBuffer header = bytes(file, 0, HEADER);
        byte[] magic = new byte[MAGIC.length];
        header.get(magic);
        require(location, Arrays.equals(magic, MAGIC), "is not a Megatron index (no MMIDIDX at its start)");
        long version = header.getLong();
        require(location, version == 1, "has version %d; version 1 is read", version);
        TokenType type = type(location, header.get() & 0xFF);
        long sequences = header.getLong();
        long bounds = header.getLong();
        long most = file.length() / 8;
        require(
                location,
                sequences >= 0 && sequences <= most && bounds >= 1 && bounds <= most,
                "claims %d sequences and %d document bounds in %d bytes",
                sequences,
                bounds,
                file.length());
        long needed = HEADER + 12 * sequences + 8 * bounds;
        require(location, file.length() >= needed, "has %d bytes and needs %d: it is truncated", file.length(), needed);
        MegatronIndex index = new MegatronIndex(location, file, dataLength, type, sequences, bounds);
        require(
                location,
                index.documentBounds.get(0) == 0 && index.documentBounds.get(bounds - 1) == sequences,
                "has document bounds from %d to %d over %d sequences",
                index.documentBounds.get(0),
                index.documentBounds.get(bounds - 1),
                sequences);
        return index;
    }

    TokenType type() {
        return type;
    }

    long documents() {
        return bounds - 1;
    }

    /**
     * Where a document's tokens are: its sequences lie one after the other.
     *
     * @throws DataException when they do not, or lie outside the data
     */
    Extent document(long number) throws IOException {
        long from = documentBounds.get(number);
        long to = documentBounds.get(number + 1);
        require(
                location,
                from >= 0 && from <= to && to <= sequences,
                "has document %d from sequence %d to %d",
                number,
                from,
                to);
        long start = from < sequences ? positions.get(from) : 0;
        long tokens = 0;
        for (long sequence = from; sequence < to; sequence++) {
            long length = lengths.get(sequence);
            long position = positions.get(sequence);
            require(
                    location,
                    length >= 0
                            && position == start + tokens * type.bytes()
                            && position >= 0
                            && position <= dataLength - length * type.bytes(),
                    "has sequence %d of %d tokens at byte %d of %d: data or index is truncated or damaged",
                    sequence,
                    length,
                    position,
                    dataLength);
            tokens += length;
        }
        return new Extent(start, tokens);
    }

    private static TokenType type(String location, int code) {
        for (TokenType type : TokenType.values()) {
            if (type.code == code) {
                return type;
            }
        }
        throw new DataException("%s has token type %d, which is no type of token ids; write it with integers"
                .formatted(location, code));
    }

    private static ByteBuffer bytes(InputFile file, long position, int count) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(count).order(ByteOrder.LITTLE_ENDIAN);
        file.readFully(position, bytes);
        return bytes.flip();
    }

    /** One of the index's arrays, read in stretches: documents are asked for in order. */
    private static final class Section {
        private static final int STRETCH = 1 << 13;

        private final InputFile file;
        private final long start;
        private final long count;
        private final int width;
        private long first;
        private ByteBuffer stretch = ByteBuffer.allocate(0);

        private Section(InputFile file, long start, long count, int width) {
            this.file = file;
            this.start = start;
            this.count = count;
            this.width = width;
        }

        long get(long index) throws IOException {
            if (index < first || (index - first) * width >= stretch.limit()) {
                first = index;
                stretch = bytes(file, start + index * width, width * (int) Math.min(STRETCH, count - index));
            }
            int at = (int) (index - first) * width;
            return width == Integer.BYTES ? stretch.getInt(at) : stretch.getLong(at);
        }
    }

    private static void require(String location, boolean holds, String problem, Object... arguments) {
        if (!holds) {
            throw new DataException(location + " " + problem.formatted(arguments) + "; restore it");
        }
    }
}
