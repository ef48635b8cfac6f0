package dev.calandra.data;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.configs.SourceConfig;
import dev.calandra.configs.SourceConfig.Kind;
import dev.calandra.data.documents.Document;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HeldOutWindowsTest {
    @TempDir
    static Path folder;

    private static Tokenizer tokenizer;

    @BeforeAll
    static void write() {
        tokenizer = TestTokenizer.open();
        CorpusFixture.write(tokenizer, folder.resolve("prose"), "prose", 1, 200);
    }

    @AfterAll
    static void close() {
        tokenizer.close();
    }

    @Test
    void theSameWindowsEveryTimeAndEachOnce() {
        List<int[]> first = tokens(5);
        assertThat(first).hasSize(5);
        assertThat(tokens(5).toArray(int[][]::new)).isDeepEqualTo(first.toArray(int[][]::new));
        List<int[]> all = tokens(1000);
        assertThat(all).hasSizeGreaterThan(5);
        assertThat(all.stream().map(Arrays::hashCode).distinct()).hasSameSizeAs(all);
        assertThat(all.subList(0, 5).toArray(int[][]::new)).isDeepEqualTo(first.toArray(int[][]::new));
    }

    /** One document without a loss start in one window: its targets are all its bytes but those of its first token. */
    @Test
    void targetBytesCountTheText() {
        String text = "Überall singt die Lerche, 日本. ".repeat(20);
        List<Document> documents = new ArrayList<>();
        for (int i = 0; i < 80; i++) {
            documents.add(new Document("d" + i, text));
        }
        Path corpus = folder.resolve("same");
        new TokenizeJob(tokenizer, CorpusFixture.options("same", 1), progress -> {})
                .run(CorpusFixture.source(documents), corpus.toString());
        int length = tokenizer.encode(text).length + 1;
        int firstToken = tokenizer.byteLengths()[tokenizer.encode(text)[0]];
        try (HeldOutWindows windows = open("same", length, 1, 3)) {
            assertThat(windows.size()).isEqualTo(3);
            for (int i = 0; i < windows.size(); i++) {
                // Windows are as long as documents, so each holds one document; the target after it begins another.
                assertThat(windows.targetBytes(windows.window(i)))
                        .isEqualTo(text.getBytes(StandardCharsets.UTF_8).length - firstToken);
            }
        }
    }

    @Test
    void aSourceWithLittleHeldOutTextHasNoWindow() {
        try (HeldOutWindows windows = open("prose", 1_000_000, 1, 3)) {
            assertThat(windows.size()).isZero();
        }
    }

    private static List<int[]> tokens(int limit) {
        try (HeldOutWindows windows = open("prose", 64, 2, limit)) {
            List<int[]> tokens = new ArrayList<>();
            for (int i = 0; i < windows.size(); i++) {
                tokens.add(windows.window(i).tokens());
            }
            return tokens;
        }
    }

    private static HeldOutWindows open(String name, int length, int lookahead, int limit) {
        SourceConfig source =
                new SourceConfig(name, Kind.GENERAL, folder.resolve(name).toString(), 1);
        return HeldOutWindows.open(source, tokenizer, length, lookahead, limit, CorpusFixture.CACHE);
    }
}
