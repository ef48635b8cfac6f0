package dev.calandra.data.documents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.configs.DataException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.arrow.compression.CommonsCompressionFactory;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.compression.CompressionUtil.CodecType;
import org.apache.arrow.vector.compression.NoCompressionCodec;
import org.apache.arrow.vector.dictionary.Dictionary;
import org.apache.arrow.vector.dictionary.DictionaryEncoder;
import org.apache.arrow.vector.dictionary.DictionaryProvider;
import org.apache.arrow.vector.ipc.ArrowFileWriter;
import org.apache.arrow.vector.ipc.ArrowStreamWriter;
import org.apache.arrow.vector.ipc.ArrowWriter;
import org.apache.arrow.vector.ipc.message.IpcOption;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.DictionaryEncoding;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroupFactory;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Parquet and Arrow, written by their own libraries. */
class TableDocumentsTest {
    private static final int ROWS = 300;

    @TempDir
    Path folder;

    /** Row 7 has no text, row 11 a position beyond its text; the others are documents. */
    private static List<Document> expected() {
        List<Document> documents = new ArrayList<>();
        for (int row = 0; row < ROWS; row++) {
            if (row != 7 && row != 11) {
                documents.add(new Document("id-" + row, text(row), row % 3));
            }
        }
        return documents;
    }

    private static String text(int row) {
        return "row " + row + " über 日本 " + "word ".repeat(row % 17);
    }

    @ParameterizedTest
    @EnumSource(
            value = CompressionCodecName.class,
            names = {"UNCOMPRESSED", "SNAPPY", "GZIP", "ZSTD"})
    void parquetRowsAreDocuments(CompressionCodecName codec) throws IOException {
        assertRows(writeParquet("data.parquet", codec));
    }

    @Test
    void aDamagedParquetFileIsNamed() throws IOException {
        byte[] whole = Files.readAllBytes(writeParquet("data.parquet", CompressionCodecName.SNAPPY));
        for (int length : new int[] {0, 3, 4, 11, 12, 100, whole.length / 2, whole.length - 5, whole.length - 1}) {
            assertRefused(Files.write(folder.resolve("cut.parquet"), Arrays.copyOf(whole, length)), length);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"NO_COMPRESSION", "LZ4_FRAME", "ZSTD"})
    void arrowFilesAndStreamsAreRead(String codec) throws IOException {
        assertRows(writeArrow("data.arrow", CodecType.valueOf(codec), true));
        assertRows(writeArrow("data.feather", CodecType.valueOf(codec), true));
        assertRows(writeArrow("data.arrows", CodecType.valueOf(codec), false));
    }

    @Test
    void aDamagedArrowFileIsNamed() throws IOException {
        byte[] whole = Files.readAllBytes(writeArrow("data.arrow", CodecType.NO_COMPRESSION, true));
        for (int length : new int[] {7, 8, 20, 200, whole.length / 2, whole.length - 11, whole.length - 1}) {
            assertRefused(Files.write(folder.resolve("cut.arrow"), Arrays.copyOf(whole, length)), length);
        }
        byte[] stream = Files.readAllBytes(writeArrow("data.arrows", CodecType.NO_COMPRESSION, false));
        for (int length : new int[] {20, 200, stream.length / 2, stream.length - 20}) {
            assertRefused(Files.write(folder.resolve("cut.arrows"), Arrays.copyOf(stream, length)), length);
        }
        assertThatThrownBy(() -> read(Files.writeString(folder.resolve("one.feather"), "FEA1 and more")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("Feather version 1");
    }

    @Test
    void aTableWithoutTheColumnIsRefused() throws IOException {
        for (Path file : List.of(
                writeArrow("data.arrow", CodecType.NO_COMPRESSION, true),
                writeParquet("data.parquet", CompressionCodecName.SNAPPY))) {
            DocumentSource source = DocumentSources.open(file.toString(), new Fields("content", "id", List.of()));
            assertThatThrownBy(() -> CollectingSink.read(source))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("no column 'content'")
                    .hasMessageContaining("loss_start");
        }
    }

    @Test
    void wordsOfADictionaryAreRead() throws IOException {
        try (BufferAllocator allocator = new RootAllocator();
                VarCharVector words = strings(allocator, "words", List.of("first", "second"));
                VarCharVector plain = strings(allocator, "text", List.of("second", "first", "second"))) {
            Dictionary dictionary = new Dictionary(words, new DictionaryEncoding(1, false, null));
            DictionaryProvider provider = new DictionaryProvider.MapDictionaryProvider(dictionary);
            Path file = folder.resolve("words.arrow");
            try (FieldVector encoded = (FieldVector) DictionaryEncoder.encode(plain, dictionary);
                    VectorSchemaRoot root = VectorSchemaRoot.of(encoded);
                    OutputStream out = Files.newOutputStream(file);
                    ArrowFileWriter writer = new ArrowFileWriter(root, provider, Channels.newChannel(out))) {
                writer.start();
                writer.writeBatch();
                writer.end();
            }
            assertThat(CollectingSink.read(DocumentSources.open(file.toString())))
                    .extracting(Document::text)
                    .containsExactly("second", "first", "second");
        }
    }

    private void assertRows(Path file) throws IOException {
        CollectingSink sink = read(file);
        assertThat(sink.documents).isEqualTo(expected());
        assertThat(sink.rejected).hasSize(2);
        assertThat(sink.rejected.get(0)).contains(file.getFileName() + ":8: field 'text' is missing");
        assertThat(sink.rejected.get(1)).contains(file.getFileName() + ":12: loss_start 99999");
    }

    private static void assertRefused(Path file, int length) {
        assertThatThrownBy(() -> read(file))
                .as("%s of %d bytes", file.getFileName(), length)
                .isInstanceOf(DataException.class)
                .hasMessageContaining(file.getFileName().toString());
    }

    private static CollectingSink read(Path file) throws IOException {
        CollectingSink sink = new CollectingSink();
        DocumentSources.open(file.toString()).read(sink);
        return sink;
    }

    private Path writeParquet(String name, CompressionCodecName codec) throws IOException {
        MessageType schema = MessageTypeParser.parseMessageType(
                "message d { optional binary text (STRING); required binary id (STRING); required int64 loss_start; required double unused; }");
        Path file = folder.resolve(name);
        Files.deleteIfExists(file);
        SimpleGroupFactory groups = new SimpleGroupFactory(schema);
        try (ParquetWriter<Group> writer = ExampleParquetWriter.builder(new LocalOutputFile(file))
                .withConf(new PlainParquetConfiguration(Map.of()))
                .withType(schema)
                .withRowGroupSize(4096L)
                .withCompressionCodec(codec)
                .build()) {
            for (int row = 0; row < ROWS; row++) {
                Group group = groups.newGroup();
                if (row != 7) {
                    group.append("text", text(row));
                }
                writer.write(group.append("id", "id-" + row)
                        .append("loss_start", row == 11 ? 99_999L : row % 3)
                        .append("unused", 0.5));
            }
        }
        return file;
    }

    private Path writeArrow(String name, CodecType codec, boolean asFile) throws IOException {
        Path file = folder.resolve(name);
        try (BufferAllocator allocator = new RootAllocator();
                VectorSchemaRoot root = table(allocator);
                OutputStream out = Files.newOutputStream(file);
                ArrowWriter writer = writer(root, Channels.newChannel(out), codec, asFile)) {
            writer.start();
            for (int from = 0; from < ROWS; from += 100) {
                fill(root, from, from + 100);
                writer.writeBatch();
            }
            writer.end();
        }
        return file;
    }

    private static ArrowWriter writer(VectorSchemaRoot root, WritableByteChannel out, CodecType codec, boolean asFile) {
        var compression = codec == CodecType.NO_COMPRESSION
                ? NoCompressionCodec.Factory.INSTANCE
                : CommonsCompressionFactory.INSTANCE;
        return asFile
                ? new ArrowFileWriter(root, null, out, Map.of(), IpcOption.DEFAULT, compression, codec)
                : new ArrowStreamWriter(root, null, out, IpcOption.DEFAULT, compression, codec);
    }

    private static VectorSchemaRoot table(BufferAllocator allocator) {
        return VectorSchemaRoot.of(
                new VarCharVector("text", allocator),
                new VarCharVector("id", allocator),
                new BigIntVector("loss_start", FieldType.nullable(new ArrowType.Int(64, true)), allocator));
    }

    private static void fill(VectorSchemaRoot root, int from, int to) {
        root.allocateNew();
        for (int row = from; row < to; row++) {
            if (row != 7) {
                ((VarCharVector) root.getVector("text"))
                        .setSafe(row - from, text(row).getBytes(StandardCharsets.UTF_8));
            }
            ((VarCharVector) root.getVector("id")).setSafe(row - from, ("id-" + row).getBytes(StandardCharsets.UTF_8));
            ((BigIntVector) root.getVector("loss_start")).setSafe(row - from, row == 11 ? 99_999L : row % 3);
        }
        root.setRowCount(to - from);
    }

    private static VarCharVector strings(BufferAllocator allocator, String name, List<String> values) {
        VarCharVector vector = new VarCharVector(name, allocator);
        for (int i = 0; i < values.size(); i++) {
            vector.setSafe(i, values.get(i).getBytes(StandardCharsets.UTF_8));
        }
        vector.setValueCount(values.size());
        return vector;
    }
}
