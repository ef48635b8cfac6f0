package dev.calandra.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizeCommandTest {
    private static final Path TOKENIZER = Path.of("..", "examples", "tokenizer", "calandra-4k.json");
    private static final String EXAM =
            "Sara has twelve apples and gives every second one of them to her brother, how many are left for her?";

    @TempDir
    private Path folder;

    @Test
    void aJobTokenizesItsSourcesThroughItsQualitySteps() throws IOException {
        writeSources();
        Path job = writeJob("");

        Terminal terminal = Terminal.run("tokenize", job.toString());

        assertThat(terminal.status()).as(terminal.err()).isZero();
        assertThat(terminal.out()).contains("2 dropped").contains("1 rejected").contains("1 dropped");
        assertThat(terminal.err()).contains("1 evaluation texts to be kept out");
        assertThat(documents("web")).isEqualTo(48);
        assertThat(documents("books")).isEqualTo(1);
        JsonNode report = new ObjectMapper()
                .readTree(folder.resolve("out/web/report.json").toFile());
        assertThat(report.path("train_documents").asInt()
                        + report.path("validation_documents").asInt())
                .isEqualTo(48);
        assertThat(report.at("/dropped/0/step").asText()).isEqualTo("length");
        assertThat(report.at("/dropped/0/samples/0/reason").asText()).contains("characters");
        assertThat(report.at("/dropped/1/step").asText()).isEqualTo("contamination");
        assertThat(report.at("/dropped/1/samples/0/id").asText()).isEqualTo("leak");
        JsonNode ofBooks = new ObjectMapper()
                .readTree(folder.resolve("out/books/report.json").toFile());
        assertThat(ofBooks.at("/dropped/0/samples/0/reason").asText()).contains("document 1 of web");
        assertThat(Files.readString(folder.resolve("out/web/rejected.jsonl")))
                .contains("\"file\":")
                .contains("web.jsonl\",\"position\":51,\"reason\":\"field 'body'");

        Terminal again = Terminal.run("tokenize", job.toString());
        assertThat(again.status()).isZero();
        assertThat(again.out()).contains("web: was finished before").contains("books: was finished before");
    }

    @Test
    void tooManyBadRecordsEndTheJobAndAreNamed() throws IOException {
        writeSources();

        Terminal terminal =
                Terminal.run("tokenize", writeJob("max_rejected: 0.001").toString());

        assertThat(terminal.status()).isEqualTo(3);
        assertThat(terminal.err()).contains("1 of 51 records are bad").contains("web.jsonl:51");
        assertThat(Files.readString(folder.resolve("out/web/rejected.jsonl"))).contains("\"position\":51");
        assertThat(folder.resolve("out/web/train/manifest.json")).doesNotExist();
    }

    @Test
    void aMistakeInTheJobIsNamedWithItsLine() throws IOException {
        Path job = Files.writeString(folder.resolve("job.yaml"), "tokenizer: t.json\nsources: []\nqualty: {}\n");

        Terminal terminal = Terminal.run("tokenize", job.toString());

        assertThat(terminal.status()).isEqualTo(2);
        assertThat(terminal.err()).contains("job.yaml:2: sources: empty").contains("did you mean quality?");
    }

    @Test
    void whatIsMissingOrTooMuchIsNamed() throws IOException {
        Terminal missing = Terminal.run("tokenize", "books.jsonl", "--name", "books", "--output", "out");
        assertThat(missing.status()).isEqualTo(2);
        assertThat(missing.err()).contains("Missing required option: '--tokenizer'");
        Terminal both = Terminal.run("tokenize", "job.yaml", "--name", "books");
        assertThat(both.status()).isEqualTo(2);
        assertThat(both.err()).contains("write it there");
    }

    private long documents(String corpus) throws IOException {
        long documents = 0;
        for (String split : List.of("train", "validation")) {
            Path manifest = folder.resolve("out").resolve(corpus).resolve(split).resolve("manifest.json");
            documents += new ObjectMapper()
                    .readTree(manifest.toFile())
                    .path("documents")
                    .asLong();
        }
        return documents;
    }

    private void writeSources() throws IOException {
        StringBuilder web = new StringBuilder();
        for (int i = 0; i < 48; i++) {
            web.append("{\"body\": \"A page of its own, number %d, and what it says.\", \"id\": \"p%d\"}\n"
                    .formatted(i, i));
        }
        web.append("{\"body\": \"short\"}\n");
        web.append("{\"body\": \"Quiz: %s Think!\", \"id\": \"leak\"}\n".formatted(EXAM.toLowerCase(Locale.ROOT)));
        web.append("{\"text\": \"without a body\"}\n");
        Files.writeString(folder.resolve("web.jsonl"), web);
        Files.writeString(folder.resolve("one.txt"), "A page of its own, number 0, and what it says.");
        Files.writeString(folder.resolve("two.txt"), "A book that nobody has copied to a page yet.");
        Files.writeString(folder.resolve("exam.jsonl"), "{\"question\": \"" + EXAM + "\"}\n");
    }

    private Path writeJob(String more) throws IOException {
        return Files.writeString(folder.resolve("job.yaml"), """
                tokenizer: TOKENIZER
                max_rejected: 0.05
                held_out: 0.0
                sources:
                  - name: web
                    input: FOLDER/web.jsonl
                    output: FOLDER/out/web
                    fields: {text: body}
                  - {name: books, input: 'FOLDER/*.txt', output: FOLDER/out/books}
                quality:
                  min_characters: 20
                  exact_duplicates: true
                  near_duplicates: 0.9
                  evaluation_sets: [{input: FOLDER/exam.jsonl, text: question}]
                """.replace(
                        "max_rejected: 0.05", more.isEmpty() ? "max_rejected: 0.05" : more)
                .replace("TOKENIZER", TOKENIZER.toString())
                .replace("FOLDER", folder.toString()));
    }
}
