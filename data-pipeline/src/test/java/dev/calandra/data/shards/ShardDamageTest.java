package dev.calandra.data.shards;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.configs.DataException;
import dev.calandra.storage.StorageLocation;
import dev.calandra.storage.Storages;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.zip.CRC32C;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Every way in which a small shard of several record batches can be short or wrong: none may let a token through, or end the process. */
class ShardDamageTest {
    private static final ShardIdentity IDENTITY = new ShardIdentity("test", "train", "0123456789abcdef", 100, 0);

    @TempDir
    Path folder;

    private ShardEntry entry;
    private Path path;
    private byte[] whole;
    private List<ShardLayout.Extent> batches;

    @BeforeEach
    void write() throws IOException {
        try (StorageLocation location = Storages.open(folder.resolve("set").toString());
                ShardWriter writer = new ShardWriter(
                        location.storage(), location.location(), IDENTITY, new ShardLimits(1000, 20), "")) {
            Random random = new Random(4);
            for (int i = 0; i < 6; i++) {
                int[] document = random.ints(10, 1, 100).toArray();
                writer.add(document, i, i, 10, new InputKey(i, i));
            }
            entry = writer.finish().shards().getFirst();
        }
        path = folder.resolve("set").resolve(entry.file());
        whole = Files.readAllBytes(path);
        batches = new ShardLayout("whole", window(whole)).extents(IDENTITY);
        assertThat(batches).hasSize(3);
    }

    @Test
    void everyTruncationIsDetected() throws IOException {
        for (int length = 0; length < whole.length; length++) {
            byte[] part = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> readAll(part, entry))
                    .as("truncated to %d", length)
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("shard-000000.arrow");
            // A manifest that fits the part must not help either.
            ShardEntry fitting =
                    new ShardEntry(entry.file(), entry.documents(), entry.tokens(), length, crc(part), frameCrc(part));
            assertThatThrownBy(() -> readAll(part, fitting))
                    .as("truncated to %d", length)
                    .isInstanceOf(DataException.class);
        }
        for (int length = 0; length < whole.length; length += 97) {
            Files.write(path, Arrays.copyOf(whole, length));
            try (Arena arena = Arena.ofConfined()) {
                assertThatThrownBy(() -> MappedShard.open(path, path.toString(), entry, IDENTITY, arena))
                        .as("truncated to %d", length)
                        .isInstanceOf(DataException.class)
                        .hasMessageContaining("truncated");
            }
        }
    }

    @Test
    void everyBitFlipIsDetectedBeforeATokenOfItsBatchIsGiven() {
        for (int bit = 0; bit < 8 * whole.length; bit++) {
            byte[] damaged = flipped(bit);
            int hit = batchOf(bit / 8);
            if (hit < 0) {
                assertRefused(() -> open(damaged, entry), bit);
                continue;
            }
            MappedShard shard = open(damaged, entry);
            for (int i = 0; i < batches.size(); i++) {
                SequenceBuilder sequence = new SequenceBuilder(20);
                long first = 20L * i;
                if (i == hit) {
                    assertRefused(() -> shard.read(first, sequence), bit);
                    assertThat(sequence.filled()).as("bit %d flipped", bit).isZero();
                } else {
                    shard.read(first, sequence);
                    assertThat(sequence.remaining()).isZero();
                }
            }
        }
        assertThat(readAll(whole, entry)).hasSize(60);
    }

    private static void assertRefused(ThrowingCallable read, int bit) {
        assertThatThrownBy(read)
                .as("bit %d flipped", bit)
                .isInstanceOf(DataException.class)
                .hasMessageContaining("shard-000000.arrow");
    }

    /** The record batch that a byte belongs to, -1 for the frame. */
    private int batchOf(int position) {
        for (int i = 0; i < batches.size(); i++) {
            if (position >= batches.get(i).position()
                    && position < batches.get(i).end()) {
                return i;
            }
        }
        return -1;
    }

    /** With all checksums made to fit, only the walk itself stands between a wrong offset and the memory beyond the file. */
    @Test
    void noBitFlipLeadsOutOfTheFileEvenWhenTheChecksumsFit() {
        int refused = 0;
        for (int bit = 0; bit < 8 * whole.length; bit++) {
            byte[] damaged = flipped(bit);
            for (ShardLayout.Extent batch : batches) {
                write(damaged, hex(batch.entry().crc32c()), hex(crc(slice(damaged, batch.position(), batch.end()))));
            }
            ShardEntry fitting = new ShardEntry(
                    entry.file(), entry.documents(), entry.tokens(), damaged.length, crc(damaged), frameCrc(damaged));
            try {
                assertThat(readAll(damaged, fitting)).hasSize(60);
            } catch (DataException e) {
                assertThat(e).hasMessageContaining("shard-000000.arrow");
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(whole.length);
    }

    @Test
    void aFileThatShrinksWhileItIsMappedEndsInAMessage() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            MappedShard shard = MappedShard.open(path, path.toString(), entry, IDENTITY, arena);
            try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
                file.setLength(0);
            }
            assertThatThrownBy(() -> shard.read(0, new SequenceBuilder(60)))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("shard-000000.arrow")
                    .hasMessageContaining("truncated while in use");
        }
    }

    private static MappedShard open(byte[] file, ShardEntry entry) {
        return MappedShard.of(entry.file(), MemorySegment.ofArray(file), entry, IDENTITY);
    }

    private static int[] readAll(byte[] file, ShardEntry entry) {
        MappedShard shard = open(file, entry);
        SequenceBuilder sequence = new SequenceBuilder(Math.toIntExact(shard.tokens()));
        shard.read(0, sequence);
        return sequence.tokens();
    }

    private byte[] flipped(int bit) {
        byte[] damaged = whole.clone();
        damaged[bit / 8] ^= (byte) (1 << bit % 8);
        return damaged;
    }

    private static byte[] slice(byte[] file, long from, long to) {
        return Arrays.copyOfRange(file, (int) Math.min(from, file.length), (int) Math.min(to, file.length));
    }

    private static int crc(byte[]... parts) {
        CRC32C crc = new CRC32C();
        for (byte[] part : parts) {
            crc.update(part);
        }
        return (int) crc.getValue();
    }

    private int frameCrc(byte[] file) {
        return crc(
                slice(file, 0, batches.getFirst().position()),
                slice(file, batches.getLast().end(), file.length));
    }

    private static String hex(int crc) {
        return String.format(Locale.ROOT, "%08x", crc);
    }

    /** Overwrites a text in the file, where the file still has it. */
    private static void write(byte[] file, String old, String text) {
        int at = new String(file, StandardCharsets.ISO_8859_1).indexOf(old);
        if (at >= 0) {
            System.arraycopy(text.getBytes(StandardCharsets.ISO_8859_1), 0, file, at, text.length());
        }
    }

    private static ShardLayout.FileWindow window(byte[] file) {
        return new ShardLayout.FileWindow() {
            @Override
            public long length() {
                return file.length;
            }

            @Override
            public ByteBuffer slice(long position, long length) {
                return ByteBuffer.wrap(file, (int) position, (int) length)
                        .slice()
                        .order(ByteOrder.LITTLE_ENDIAN);
            }
        };
    }
}
