package dev.calandra.data.shards;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.configs.DataException;
import dev.calandra.storage.Storage;
import dev.calandra.storage.StorageLocation;
import dev.calandra.storage.Storages;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32C;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.ipc.ArrowFileReader;
import org.apache.arrow.vector.ipc.message.ArrowBlock;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ShardTest {
    private static final ShardIdentity IDENTITY = new ShardIdentity("test", "train", "0123456789abcdef", 100, 0);

    @TempDir
    Path folder;

    private StorageLocation location;

    @BeforeEach
    void openStorage() throws IOException {
        location = Storages.open(folder.resolve("set").toString());
    }

    @AfterEach
    void closeStorage() throws IOException {
        location.close();
    }

    @Test
    void arrowReadsWhatWasWritten() throws IOException {
        List<int[]> documents = documents(new Random(1), 40);
        ShardManifest manifest = write(documents, new ShardLimits(1000, 60), IDENTITY);
        assertThat(manifest.shards()).hasSize(1);
        List<int[]> found = new ArrayList<>();
        try (BufferAllocator allocator = new RootAllocator();
                ArrowFileReader reader = new ArrowFileReader(
                        Files.newByteChannel(shard(manifest.shards().getFirst())), allocator)) {
            assertThat(reader.getVectorSchemaRoot().getSchema().getCustomMetadata())
                    .containsEntry("calandra.tokenizer_sha256", "0123456789abcdef")
                    .containsEntry("calandra.vocab_size", "100");
            assertThat(reader.getRecordBlocks().size()).isGreaterThan(3);
            while (reader.loadNextBatch()) {
                var root = reader.getVectorSchemaRoot();
                ListVector tokens = (ListVector) root.getVector("tokens");
                IntVector values = (IntVector) tokens.getDataVector();
                for (int row = 0; row < root.getRowCount(); row++) {
                    int[] document = new int[tokens.getElementEndIndex(row) - tokens.getElementStartIndex(row)];
                    for (int i = 0; i < document.length; i++) {
                        document[i] = values.get(tokens.getElementStartIndex(row) + i);
                    }
                    found.add(document);
                    assertThat(((IntVector) root.getVector("loss_start")).get(row))
                            .isEqualTo(document.length / 2);
                }
            }
        }
        assertThat(found.toArray(int[][]::new)).isDeepEqualTo(documents.toArray(int[][]::new));
    }

    @Test
    void everyByteIsCoveredByTheChecksumOfItsBatchOrOfTheFrame() throws IOException {
        List<int[]> documents = documents(new Random(8), 40);
        ShardEntry entry =
                write(documents, new ShardLimits(1000, 60), IDENTITY).shards().getFirst();
        byte[] bytes = Files.readAllBytes(shard(entry));
        CRC32C frame = new CRC32C();
        int at = 0;
        try (BufferAllocator allocator = new RootAllocator();
                ArrowFileReader reader = new ArrowFileReader(Files.newByteChannel(shard(entry)), allocator)) {
            reader.getVectorSchemaRoot();
            List<BatchEntry> batches = BatchEntry.parse(reader.getMetaData().get(BatchEntry.KEY));
            List<ArrowBlock> blocks = reader.getRecordBlocks();
            assertThat(batches).hasSameSizeAs(blocks).hasSizeGreaterThan(3);
            assertThat(batches.stream().mapToInt(BatchEntry::documents).sum()).isEqualTo(40);
            assertThat(batches.stream().mapToLong(BatchEntry::tokens).sum()).isEqualTo(entry.tokens());
            for (int i = 0; i < blocks.size(); i++) {
                int start = Math.toIntExact(blocks.get(i).getOffset());
                int length = Math.toIntExact(
                        blocks.get(i).getMetadataLength() + blocks.get(i).getBodyLength());
                frame.update(bytes, at, start - at);
                CRC32C crc = new CRC32C();
                crc.update(bytes, start, length);
                assertThat(batches.get(i).crc32c()).as("batch %d", i).isEqualTo((int) crc.getValue());
                at = start + length;
            }
        }
        frame.update(bytes, at, bytes.length - at);
        assertThat(entry.frameCrc32c()).isEqualTo((int) frame.getValue());
    }

    @ParameterizedTest
    @ValueSource(strings = {";", "1,2", "1,2,123", "1,2,0000000g", "0,0,00000000", "3,2,00000000", "1,2,00000000;"})
    void aListOfBatchesThatIsNoneIsRefused(String text) {
        assertThatThrownBy(() -> BatchEntry.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    /** Java's own unmodifiable maps have another order in every process. */
    @Test
    void theMetadataIsInTheOrderOfItsKeys() {
        assertThat(new ArrayList<>(IDENTITY.metadata().keySet())).isSorted();
    }

    @Test
    void readsAnyStretchAcrossBatches() throws IOException {
        List<int[]> documents = documents(new Random(2), 30);
        ShardManifest manifest = write(documents, new ShardLimits(1000, 50), IDENTITY);
        List<Integer> stream = new ArrayList<>();
        List<Integer> startOf = new ArrayList<>();
        List<Boolean> target = new ArrayList<>();
        for (int[] document : documents) {
            int start = stream.size();
            for (int i = 0; i < document.length; i++) {
                stream.add(document[i]);
                startOf.add(start);
                target.add(i >= document.length / 2);
            }
        }
        try (Arena arena = Arena.ofConfined()) {
            MappedShard shard = open(manifest, arena);
            assertThat(shard.tokens()).isEqualTo(stream.size());
            for (int length : new int[] {1, 2, 7, 64, 129}) {
                for (int from = 0; from + length <= stream.size(); from++) {
                    SequenceBuilder sequence = new SequenceBuilder(length);
                    shard.read(from, sequence);
                    assertThat(sequence.remaining()).isZero();
                    for (int j = 0; j < length; j++) {
                        assertThat(sequence.tokens()[j]).isEqualTo(stream.get(from + j));
                        assertThat(sequence.documentStart()[j]).isEqualTo(Math.max(0, startOf.get(from + j) - from));
                        assertThat(sequence.target()[j]).isEqualTo(target.get(from + j));
                    }
                }
            }
        }
    }

    @Test
    void limitsSplitIntoShardsAndBatches() throws IOException {
        List<int[]> documents = documents(new Random(3), 60);
        ShardManifest manifest = write(documents, new ShardLimits(200, 50), IDENTITY);
        assertThat(manifest.shards()).hasSizeGreaterThan(2);
        assertThat(manifest.tokens())
                .isEqualTo(documents.stream().mapToLong(d -> d.length).sum());
        assertThat(manifest.documents()).isEqualTo(60);
        assertThat(new ManifestReader(location.storage()).read(location.location()))
                .isEqualTo(manifest);
    }

    @Test
    void anotherSchemaIsRefused() throws IOException {
        ShardManifest manifest = write(documents(new Random(7), 3), ShardLimits.DEFAULT, IDENTITY);
        for (ShardIdentity other : List.of(
                new ShardIdentity("other", "train", "0123456789abcdef", 100, 0),
                new ShardIdentity("test", "validation", "0123456789abcdef", 100, 0),
                new ShardIdentity("test", "train", "f", 100, 0),
                new ShardIdentity("test", "train", "0123456789abcdef", 101, 0))) {
            ShardManifest claimed = new ShardManifest(other, 0, manifest.shards());
            assertRefused(claimed, "claimed to be %s", other);
        }
    }

    @Test
    void aTokenOutsideTheVocabularyIsRefused() throws IOException {
        ShardManifest manifest = write(List.of(new int[] {5, 100, 0}), ShardLimits.DEFAULT, IDENTITY);
        try (Arena arena = Arena.ofConfined()) {
            assertThatThrownBy(() -> open(manifest, arena).read(0, new SequenceBuilder(1)))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("token id 100")
                    .hasMessageContaining("shard-000000.arrow");
        }
    }

    @Test
    void everyBitFlipOfTheManifestIsDetectedOrChangesNothing() throws IOException {
        ShardManifest manifest = write(documents(new Random(8), 5), ShardLimits.DEFAULT, IDENTITY);
        byte[] json = manifest.toJson();
        for (int bit = 0; bit < 8 * json.length; bit++) {
            json[bit / 8] ^= (byte) (1 << bit % 8);
            try {
                assertThat(ShardManifest.parse("manifest.json", json))
                        .as("bit %d", bit)
                        .isEqualTo(manifest);
            } catch (DataException e) {
                assertThat(e).hasMessageContaining("manifest.json");
            }
            json[bit / 8] ^= (byte) (1 << bit % 8);
        }
    }

    @Test
    void anUnfinishedSetIsNoSetAndIsStartedAgain() throws IOException {
        try (ShardWriter writer = writer(ShardLimits.DEFAULT, IDENTITY)) {
            writer.add(new int[] {1, 2, 0}, 0, 1, 2, new InputKey(0, 0));
        }
        assertThatThrownBy(() -> new ManifestReader(location.storage()).read(location.location()))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("calandra tokenize");
        assertThat(write(documents(new Random(9), 3), ShardLimits.DEFAULT, IDENTITY)
                        .documents())
                .isEqualTo(3);
        assertThatThrownBy(() -> writer(ShardLimits.DEFAULT, IDENTITY)).isInstanceOf(DataException.class);
    }

    @Test
    void filesOfTheUserAreNotDeleted() throws IOException {
        Path precious = folder.resolve("set").resolve("thesis.txt");
        Files.createDirectories(precious.getParent());
        Files.writeString(precious, "years of work");
        assertThatThrownBy(() -> writer(ShardLimits.DEFAULT, IDENTITY))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("thesis.txt");
        assertThat(precious).hasContent("years of work");
    }

    private void assertRefused(ShardManifest manifest, String what, Object argument) {
        try (Arena arena = Arena.ofConfined()) {
            assertThatThrownBy(() -> open(manifest, arena))
                    .as(what, argument)
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("shard-000000.arrow");
        }
    }

    private MappedShard open(ShardManifest manifest, Arena arena) {
        ShardEntry entry = manifest.shards().getFirst();
        return MappedShard.open(shard(entry), shard(entry).toString(), entry, manifest.identity(), arena);
    }

    private Path shard(ShardEntry entry) {
        return folder.resolve("set").resolve(entry.file()).toAbsolutePath();
    }

    private ShardWriter writer(ShardLimits limits, ShardIdentity identity) throws IOException {
        Storage storage = location.storage();
        return new ShardWriter(storage, location.location(), identity, limits, "");
    }

    private ShardManifest write(List<int[]> documents, ShardLimits limits, ShardIdentity identity) throws IOException {
        try (ShardWriter writer = writer(limits, identity)) {
            for (int i = 0; i < documents.size(); i++) {
                writer.add(
                        documents.get(i), documents.get(i).length / 2, i, documents.get(i).length, new InputKey(i, i));
            }
            return writer.finish();
        }
    }

    private static List<int[]> documents(Random random, int count) {
        List<int[]> documents = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int[] document = random.ints(1 + random.nextInt(20), 1, 100).toArray();
            document[document.length - 1] = 0;
            documents.add(document);
        }
        return documents;
    }
}
