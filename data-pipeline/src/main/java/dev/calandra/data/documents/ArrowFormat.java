package dev.calandra.data.documents;

import dev.calandra.configs.DataException;
import dev.calandra.data.documents.DocumentSource.Sink;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.compression.CommonsCompressionFactory;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.ValueVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.dictionary.DictionaryEncoder;
import org.apache.arrow.vector.ipc.ArrowFileReader;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.ipc.ArrowStreamReader;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.util.Text;

/**
 * Arrow IPC, as a file (which is also Feather version 2) or a stream, told apart by the first bytes; plain or with LZ4 or zstd inside. One row,
 * one document. Memory: one record batch.
 */
final class ArrowFormat implements FileFormat {
    private static final byte[] FILE_MAGIC = "ARROW1".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] FEATHER_1_MAGIC = "FEA1".getBytes(StandardCharsets.US_ASCII);

    /** Buffers that a damaged file asks for end here, and not with the machine's memory. */
    private static final long MEMORY_LIMIT = 1L << 32;

    @Override
    public boolean read(SourceFile file, Fields fields, Sink sink) throws IOException {
        Rows rows = new Rows(file, fields, sink);
        try (StorageChannel channel = new StorageChannel(file.open());
                BufferAllocator allocator = new RootAllocator(MEMORY_LIMIT);
                ArrowReader reader = open(file, channel, allocator)) {
            VectorSchemaRoot root = root(file, reader);
            List<String> columns =
                    root.getSchema().getFields().stream().map(Field::getName).toList();
            if (!columns.contains(fields.text())) {
                throw new DataException("%s: no column '%s' (it has %s); name the column of the text"
                        .formatted(file.location(), fields.text(), columns));
            }
            while (loadNext(rows, reader)) {
                if (!rows.readBatch(reader, root)) {
                    return false;
                }
            }
            return true;
        }
    }

    private static ArrowReader open(SourceFile file, StorageChannel channel, BufferAllocator allocator)
            throws IOException {
        byte[] start = new byte[(int) Math.min(FILE_MAGIC.length, channel.size())];
        channel.read(ByteBuffer.wrap(start));
        channel.position(0);
        if (Arrays.equals(start, 0, Math.min(4, start.length), FEATHER_1_MAGIC, 0, 4)) {
            throw new DataException(
                    file.location() + ": Feather version 1, which is not read; write it again as version 2");
        }
        return Arrays.equals(start, FILE_MAGIC)
                ? new ArrowFileReader(channel, allocator, CommonsCompressionFactory.INSTANCE)
                : new ArrowStreamReader(channel, allocator, CommonsCompressionFactory.INSTANCE);
    }

    private static VectorSchemaRoot root(SourceFile file, ArrowReader reader) {
        try {
            return reader.getVectorSchemaRoot();
        } catch (IOException | RuntimeException | AssertionError e) {
            throw damaged(file, 0, e);
        }
    }

    private static boolean loadNext(Rows rows, ArrowReader reader) {
        try {
            return reader.loadNextBatch();
        } catch (IOException | RuntimeException | AssertionError e) {
            throw damaged(rows.file, rows.number, e);
        }
    }

    private static DataException damaged(SourceFile file, long row, Throwable e) {
        return file.damaged(row, e instanceof Exception exception ? exception : new IOException(e));
    }

    /** The rows of a file, counted over its record batches. */
    private static final class Rows {
        private final SourceFile file;
        private final Fields fields;
        private final Sink sink;
        private long number;

        private Rows(SourceFile file, Fields fields, Sink sink) {
            this.file = file;
            this.fields = fields;
            this.sink = sink;
        }

        boolean readBatch(ArrowReader reader, VectorSchemaRoot root) throws IOException {
            Map<String, ValueVector> decoded = new HashMap<>();
            try {
                for (FieldVector vector : root.getFieldVectors()) {
                    decoded.put(vector.getName(), decode(reader, vector));
                }
                for (int row = 0; row < root.getRowCount(); row++) {
                    number++;
                    if (!readRow(decoded, row)) {
                        return false;
                    }
                }
                return true;
            } finally {
                root.getFieldVectors().stream()
                        .filter(vector -> decoded.get(vector.getName()) != vector)
                        .map(vector -> decoded.get(vector.getName()))
                        .forEach(vector -> {
                            if (vector != null) {
                                vector.close();
                            }
                        });
            }
        }

        private boolean readRow(Map<String, ValueVector> vectors, int row) throws IOException {
            Document document;
            try {
                document = fields.document(name -> value(vectors.get(name), row));
            } catch (IllegalArgumentException e) {
                sink.reject(file.location(), number, e.getMessage());
                return true;
            }
            return sink.accept(document);
        }

        private Object value(ValueVector vector, int row) {
            try {
                Object value = vector == null ? null : vector.getObject(row);
                return value instanceof Text text ? text.toString() : value;
            } catch (IndexOutOfBoundsException | NegativeArraySizeException e) {
                throw damaged(file, number, e);
            }
        }

        private ValueVector decode(ArrowReader reader, FieldVector vector) throws IOException {
            var encoding = vector.getField().getDictionary();
            if (encoding == null) {
                return vector;
            }
            try {
                return DictionaryEncoder.decode(
                        vector, reader.getDictionaryVectors().get(encoding.getId()));
            } catch (RuntimeException e) {
                throw damaged(file, number, e);
            }
        }
    }

    /** A file of the storage as a channel. */
    private static final class StorageChannel implements SeekableByteChannel {
        private final dev.calandra.storage.InputFile file;
        private long position;
        private boolean open = true;

        private StorageChannel(dev.calandra.storage.InputFile file) {
            this.file = file;
        }

        @Override
        public int read(ByteBuffer target) throws IOException {
            long left = file.length() - position;
            if (left <= 0) {
                return -1;
            }
            int count = (int) Math.min(target.remaining(), left);
            ByteBuffer part = target.duplicate();
            part.limit(part.position() + count);
            file.readFully(position, part);
            target.position(target.position() + count);
            position += count;
            return count;
        }

        @Override
        public long position() {
            return position;
        }

        @Override
        public SeekableByteChannel position(long newPosition) {
            position = newPosition;
            return this;
        }

        @Override
        public long size() {
            return file.length();
        }

        @Override
        public int write(ByteBuffer source) {
            throw new UnsupportedOperationException("a file to read");
        }

        @Override
        public SeekableByteChannel truncate(long size) {
            throw new UnsupportedOperationException("a file to read");
        }

        @Override
        public boolean isOpen() {
            return open;
        }

        @Override
        public void close() throws IOException {
            open = false;
            file.close();
        }
    }
}
