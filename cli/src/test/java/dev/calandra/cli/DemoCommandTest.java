package dev.calandra.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the demo refuses; scripts/smoke runs it. */
class DemoCommandTest {

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    --steps   | 1                     | --steps must be at least 2, is 1
                    --minutes | 0                     | --minutes must be above 0, is 0.0
                    --source  | books.jsonl           | not NAME=PATH:KIND (books.jsonl)
                    --source  | books=books.jsonl:odd | not NAME=PATH:KIND (books=books.jsonl:odd)
                    """)
    void aBadOptionIsAUsageError(String option, String value, String message) {
        Terminal terminal =
                Terminal.run("demo", "--directory", folder.resolve("demo").toString(), option, value);

        assertThat(terminal.status()).isEqualTo(2);
        assertThat(terminal.err()).contains(message);
        assertThat(folder.resolve("demo")).doesNotExist();
    }

    @Test
    void textOfOneKindOnlyIsAUsageError() throws IOException {
        Path text = Files.writeString(folder.resolve("code.txt"), "class Lark {}");

        Terminal terminal = Terminal.run("demo", "--source", "code=" + text + ":reasoning");

        assertThat(terminal.status()).isEqualTo(2);
        assertThat(terminal.err()).contains("no general text among the sources");
    }

    @Test
    void aMissingFileIsADataError() {
        Terminal terminal = Terminal.run("demo", "--source", "books=" + folder.resolve("none.jsonl") + ":general");

        assertThat(terminal.status()).isEqualTo(3);
        assertThat(terminal.err()).contains("none.jsonl: no such file");
    }
}
