package dev.calandra.data.documents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.configs.DataException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MegatronFormatTest {
    /** Sequences, and how many of them each document has: two, one, none, one. */
    private static final int[][] SEQUENCES = {{1, 2, 3}, {100}, {7, 8}, {9, 9, 9, 5}};

    private static final long[] BOUNDS = {0, 2, 3, 3, 4};

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 1", "3, 2", "4, 4", "5, 8", "8, 2"})
    void everyTypeOfIdsIsRead(int code, int width) throws IOException {
        CollectingSink sink = read(write(code, width));
        assertThat(sink.tokenDocuments)
                .extracting(TokenDocument::id)
                .containsExactly("data.bin#0", "data.bin#1", "data.bin#3");
        assertThat(sink.tokenDocuments.get(0).tokens()).containsExactly(1, 2, 3, 100);
        assertThat(sink.tokenDocuments.get(1).tokens()).containsExactly(7, 8);
        assertThat(sink.tokenDocuments.get(2).tokens()).containsExactly(9, 9, 9, 5);
        assertThat(sink.rejected).singleElement().asString().contains("data.bin:3: the document is empty");
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 6, 7, 9, 255})
    void otherTypesAreRefused(int code) throws IOException {
        Path file = write(code, 4);
        assertThatThrownBy(() -> read(file))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("token type " + code);
    }

    @Test
    void everyTruncationIsSeen() throws IOException {
        Path file = write(4, 4);
        Path index = folder.resolve("data.idx");
        byte[] tokens = Files.readAllBytes(file);
        byte[] entries = Files.readAllBytes(index);
        for (int length = 0; length < tokens.length; length++) {
            Files.write(file, Arrays.copyOf(tokens, length));
            assertRefused(file, "data of %d bytes".formatted(length));
        }
        Files.write(file, tokens);
        for (int length = 0; length < entries.length; length++) {
            Files.write(index, Arrays.copyOf(entries, length));
            assertRefused(file, "index of %d bytes".formatted(length));
        }
    }

    /** A changed bit may give other tokens, which nothing can tell, but never anything else than documents or an error. */
    @Test
    void anyBitOfTheIndexMayBeWrong() throws IOException {
        Path file = write(4, 4);
        Path index = folder.resolve("data.idx");
        byte[] entries = Files.readAllBytes(index);
        int refused = 0;
        for (int bit = 0; bit < 8 * entries.length; bit++) {
            byte[] damaged = entries.clone();
            damaged[bit / 8] ^= (byte) (1 << bit % 8);
            Files.write(index, damaged);
            try {
                assertThat(read(file).tokenDocuments).hasSizeLessThan(5);
            } catch (DataException e) {
                assertThat(e).hasMessageContaining("data.idx").hasMessageNotContaining("\n");
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(6 * entries.length);
    }

    @Test
    void dataWithoutItsIndexIsRefused() throws IOException {
        Path file = write(4, 4);
        Files.delete(folder.resolve("data.idx"));
        assertRefused(file, "no index");
    }

    private void assertRefused(Path file, String what) {
        assertThatThrownBy(() -> read(file))
                .as(what)
                .isInstanceOf(DataException.class)
                .hasMessageContaining("data.");
    }

    private static CollectingSink read(Path file) throws IOException {
        CollectingSink sink = new CollectingSink();
        DocumentSources.open(file.toString()).read(sink);
        return sink;
    }

    private Path write(int code, int width) throws IOException {
        int count =
                Arrays.stream(SEQUENCES).mapToInt(sequence -> sequence.length).sum();
        ByteBuffer tokens = ByteBuffer.allocate(count * width).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer index = ByteBuffer.allocate(34 + 12 * SEQUENCES.length + 8 * BOUNDS.length)
                .order(ByteOrder.LITTLE_ENDIAN);
        index.put("MMIDIDX\0\0".getBytes(StandardCharsets.ISO_8859_1))
                .putLong(1)
                .put((byte) code);
        index.putLong(SEQUENCES.length).putLong(BOUNDS.length);
        for (int[] sequence : SEQUENCES) {
            index.putInt(sequence.length);
        }
        for (int[] sequence : SEQUENCES) {
            index.putLong(tokens.position());
            for (int token : sequence) {
                for (int i = 0; i < width; i++) {
                    tokens.put((byte) (i == 0 ? token : 0));
                }
            }
        }
        for (long bound : BOUNDS) {
            index.putLong(bound);
        }
        Files.write(folder.resolve("data.idx"), index.array());
        return Files.write(folder.resolve("data.bin"), tokens.array());
    }

    @Test
    void anIndexIsNotAFileOfItsOwn() throws IOException {
        write(4, 4);
        assertThat(List.of(folder.toFile().list())).contains("data.idx", "data.bin");
        CollectingSink sink = new CollectingSink();
        DocumentSources.open(folder.toString()).read(sink);
        assertThat(sink.tokenDocuments).hasSize(3);
    }
}
