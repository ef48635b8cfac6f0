package dev.calandra.data.documents;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.github.luben.zstd.Zstd;
import dev.calandra.configs.DataException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileDocumentsTest {
    @TempDir
    Path folder;

    @Test
    void jsonlFieldsAreRead() throws IOException {
        Path file = write("a.jsonl", """
                {"text": "one", "id": "x", "license": {"any": 1}}

                {"id": 7, "text": "zwei 𝔘nd", "loss_start": 6}
                {"text": "drei", "id": null, "solution_start": 4}
                """);
        List<Document> documents = CollectingSink.read(DocumentSources.open(file.toString()));
        assertThat(documents.subList(0, 2))
                // Six code points are seven UTF-16 units: the fraktur letter is a surrogate pair.
                .containsExactly(new Document("x", "one", 0), new Document("7", "zwei 𝔘nd", 7));
        assertThat(documents.get(2).text()).isEqualTo("drei");
        assertThat(documents.get(2).lossStart()).isEqualTo(4);
        assertThat(documents.get(2).id()).isNotEmpty().isNotEqualTo("null");
    }

    @Test
    void badRecordsAreRejectedWithTheirLine() throws IOException {
        Path file = write("bad.jsonl", """
                {"text": "good"}
                {"text": 5}
                not json
                {"text": ""}
                {"other": "x"}
                [1, 2]
                {"text": "abc", "loss_start": 4}
                {"text": "abc", "loss_start": -1}
                {"text": "abc", "loss_start": "2"}
                {"text": "abc"} trailing
                """);
        CollectingSink sink = new CollectingSink();
        DocumentSources.open(file.toString()).read(sink);
        assertThat(sink.documents).hasSize(1);
        assertThat(sink.rejected).hasSize(9);
        for (int i = 0; i < 9; i++) {
            assertThat(sink.rejected.get(i))
                    .contains("bad.jsonl:" + (i + 2) + ": ")
                    .doesNotContain("\n");
        }
    }

    @Test
    void gzipIsReadAndItsTruncationNamed() throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
            gzip.write("{\"text\": \"packed\"}\n".repeat(5000).getBytes(StandardCharsets.UTF_8));
        }
        Path whole = folder.resolve("whole.jsonl.gz");
        Files.write(whole, bytes.toByteArray());
        assertThat(CollectingSink.read(DocumentSources.open(whole.toString()))).hasSize(5000);
        Path half = folder.resolve("half.jsonl.gz");
        Files.write(half, Arrays.copyOf(bytes.toByteArray(), bytes.size() / 2));
        assertThatThrownBy(() -> CollectingSink.read(DocumentSources.open(half.toString())))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("half.jsonl.gz:")
                .hasMessageContaining("cut short");
    }

    @Test
    void zstdIsReadAndItsTruncationNamed() throws IOException {
        byte[] text = "{\"text\": \"packed\"}\n".repeat(5000).getBytes(StandardCharsets.UTF_8);
        byte[] packed = Zstd.compress(text);
        // Two frames, as a file has that was appended to.
        Path whole = Files.write(folder.resolve("whole.jsonl.zst"), packed);
        Files.write(whole, packed, StandardOpenOption.APPEND);
        assertThat(CollectingSink.read(DocumentSources.open(whole.toString()))).hasSize(10_000);
        for (int length : new int[] {packed.length - 1, packed.length / 2, 5}) {
            Path half = Files.write(folder.resolve("half.jsonl.zst"), Arrays.copyOf(packed, length));
            assertThatThrownBy(() -> CollectingSink.read(DocumentSources.open(half.toString())))
                    .as("%d bytes", length)
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("half.jsonl.zst:")
                    .hasMessageContaining("cut short");
        }
    }

    @Test
    void otherFieldsCanBeNamed() throws IOException {
        Path file = write("a.jsonl", """
                {"body": "question answer", "key": "x", "answer_at": 9, "text": 1}
                {"text": "no body"}
                """);
        CollectingSink sink = new CollectingSink();
        DocumentSources.open(file.toString(), new Fields("body", "key", List.of("answer_at")))
                .read(sink);
        assertThat(sink.documents).containsExactly(new Document("x", "question answer", 9));
        assertThat(sink.rejected).singleElement().asString().contains("a.jsonl:2: field 'body'");
    }

    @Test
    void linesOfEveryLengthAreRead() throws IOException {
        // Around the buffers' sizes, with and without a line end at the end of the file.
        for (int length : new int[] {1, 65_520, 65_535, 65_536, 65_537, 200_000}) {
            String text = "x".repeat(length);
            Path file = write("long.jsonl", "{\"text\":\"" + text + "\"}\r\n{\"text\":\"last\"}");
            assertThat(CollectingSink.read(DocumentSources.open(file.toString())))
                    .extracting(Document::text)
                    .containsExactly(text, "last");
        }
    }

    @Test
    void theShareReadGrowsToOne() throws IOException {
        Path file = write("a.jsonl", "{\"text\": \"one\"}\n".repeat(200_000));
        DocumentSource source = DocumentSources.open(file.toString());
        List<Double> shares = new ArrayList<>();
        source.read(new DocumentSource.Sink() {
            @Override
            public boolean accept(SourceDocument document) {
                shares.add(source.shareRead().orElseThrow());
                return true;
            }

            @Override
            public void reject(String place, long position, String reason) {
                throw new AssertionError(reason);
            }
        });
        assertThat(shares).isSorted();
        assertThat(shares.getFirst()).isLessThan(0.5);
        assertThat(shares.getLast()).isEqualTo(1);
    }

    @Test
    void foldersAndGlobsGiveTheirFilesInOrder() throws IOException {
        write("b.txt", "second");
        write("a.txt", "first");
        write("sub/c.md", "third");
        write(".hidden.txt", "hidden");
        write("_SUCCESS", "");
        write("z.jsonl", "{\"text\": \"a record\"}");
        assertThat(CollectingSink.read(DocumentSources.open(folder.toString())))
                .extracting(Document::text)
                .containsExactly("first", "second", "third", "a record");
        assertThat(CollectingSink.read(
                        DocumentSources.open(folder.resolve("*.txt").toString())))
                .extracting(Document::id)
                .contains("a.txt", "b.txt");
    }

    @Test
    void nothingToReadIsAnError() throws IOException {
        assertThatThrownBy(
                        () -> DocumentSources.open(folder.resolve("none.jsonl").toString()))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("none.jsonl");
        assertThatThrownBy(() -> DocumentSources.open(folder.resolve("*.txt").toString()))
                .isInstanceOf(DataException.class);
        Path image = write("image.png", "x");
        assertThatThrownBy(() -> DocumentSources.open(image.toString()))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("image.png")
                .hasMessageContaining(".jsonl");
    }

    @Test
    void anEmptyTextFileIsRejected() throws IOException {
        Path file = write("empty.txt", " \n");
        CollectingSink sink = new CollectingSink();
        DocumentSources.open(file.toString()).read(sink);
        assertThat(sink.documents).isEmpty();
        assertThat(sink.rejected).singleElement().asString().contains("empty.txt:1");
    }

    @Test
    void problemsBecomeDocumentsThatAreLearntFromTheSolutionOn() throws IOException {
        List<Document> documents = CollectingSink.read(new ProblemDocuments(3, 50));
        assertThat(documents).hasSize(50).allSatisfy(document -> {
            assertThat(document.text().substring(0, document.lossStart())).endsWith("Solution:");
            assertThat(document.text()).contains("Answer: ");
        });
    }

    private Path write(String name, String content) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.writeString(file, content);
    }
}
