package dev.calandra.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a user does wrong, or a disk does to a user: one line, the right status, and nothing half-written. */
class BadInputTest {

    @TempDir
    private Path folder;

    private TinyRun tiny;

    @BeforeEach
    void prepare() {
        tiny = TinyRun.prepare(folder);
    }

    private void assertRefused(Terminal terminal, int status, String... message) {
        assertThat(terminal.err().lines().filter(line -> line.startsWith("calandra: ")))
                .singleElement()
                .asString()
                .contains(message);
        assertThat(terminal.status()).isEqualTo(status);
        assertThat(terminal.out()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    2 | run.stepps=3                 | run.stepps: unknown key; did you mean steps?
                    2 | run.steps=many               | run.steps
                    2 | model.hidden_size=-3         | model.hidden_size: too small (-3)
                    2 | model.num_attention_heads=3  | model.num_attention_heads
                    2 | model.vocab_size=1000        | model.vocab_size: smaller than the tokenizer's vocabulary
                    3 | data.tokenizer=nowhere.json  | nowhere.json: cannot read the tokenizer
                    3 | data.sources.problems.path=nowhere | nowhere
                    """)
    void aBadSettingLeavesNoRunBehind(int status, String setting, String message) {
        String fix = setting.startsWith("model.num_attention_heads") ? "model.num_key_value_heads=2" : "run.seed=0";

        assertRefused(tiny.run("pretrain", "--set", fix, "--set", setting), status, message);
        assertThat(tiny.directory()).doesNotExist();
    }

    @Test
    void aTruncatedShardIsNamed() throws IOException {
        Path shard;
        try (Stream<Path> files = Files.list(tiny.data().resolve("train"))) {
            shard = files.filter(file -> file.toString().endsWith(".arrow"))
                    .findFirst()
                    .orElseThrow();
        }
        try (FileChannel channel = FileChannel.open(shard, StandardOpenOption.WRITE)) {
            channel.truncate(channel.size() / 2);
        }

        assertRefused(tiny.run("pretrain"), 3, shard.getFileName().toString());
        assertThat(tiny.directory()).doesNotExist();
    }

    @Test
    void aCheckpointOfAnotherArchitectureIsRefusedAndKept() throws IOException {
        assertThat(tiny.run("pretrain", "--stop-after", "1").status()).isEqualTo(75);
        List<String> before = listing();

        assertRefused(tiny.run("pretrain", "--set", "model.hidden_size=64"), 4, "model.hidden_size", "step-000000001");
        assertThat(listing()).isEqualTo(before);
    }

    /** All but the claims: who opens a run has claimed it, and the number of a claim is never used again. */
    private List<String> listing() throws IOException {
        try (Stream<Path> files = Files.walk(tiny.directory())) {
            return files.filter(Files::isRegularFile)
                    .filter(file -> !file.getParent().endsWith("epochs"))
                    .map(file -> file + " " + file.toFile().length())
                    .sorted()
                    .toList();
        }
    }
}
