package dev.calandra.data;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.calandra.data.documents.JavaSourceDocuments;
import dev.calandra.data.documents.JavaSourceDocuments.Part;
import dev.calandra.data.pieces.PiecePattern;
import dev.calandra.data.problems.ProblemGenerator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The cached encoder against Hugging Face's library, which the tokenizer calls natively. */
class TokenizerCacheTest {
    /** What the patterns tell apart, with the odd ones of every class, and parts of surrogate pairs. */
    private static final String[] PARTS = {
        "a",
        "Z",
        "é",
        "ſ",
        "日",
        "𝔘",
        "ǅ",
        "ʰ",
        "1",
        "23",
        "٣",
        "Ⅷ",
        "½",
        "𝟙",
        " ",
        "  ",
        "\t",
        "\n",
        "\r",
        "\r\n",
        "\u000B",
        "\f",
        "\u0085",
        "\u00A0",
        "\u1680",
        "\u2028",
        "\u3000",
        "\u200B",
        "\u180E",
        "'",
        "’",
        "'s",
        "'S",
        "'ſ",
        "'ll",
        "'LL",
        "'lL",
        "'ve",
        "'re",
        "'RE",
        "'m",
        "'d",
        "'t",
        "'l",
        "!",
        "--",
        "_",
        "👩‍👩‍👧",
        "e\u0301",
        "\uD83D",
        "\uDE00",
        "\0",
        "\u001C",
        "\uFFFD",
        "\uFEFF",
        "<|endoftext|>"
    };

    @TempDir
    Path folder;

    static Stream<PiecePattern> patterns() {
        return Stream.of(PiecePattern.values());
    }

    @ParameterizedTest
    @MethodSource("patterns")
    void anyUnicodeHasTheIdsOfTheLibrary(PiecePattern pattern) throws IOException {
        for (String expression : pattern.expressions()) {
            try (Tokenizer tokenizer = withPattern(expression)) {
                assertThat(tokenizer.cacheRefusal()).isEmpty();
                for (long seed = 0; seed < 400; seed++) {
                    assertSameIds(tokenizer, randomText(new Random(seed)), "seed " + seed);
                }
            }
        }
    }

    @Test
    void theByteLevelStepsOwnPatternIsGpt2s() throws IOException {
        ObjectNode definition = definition();
        definition.set(
                "pre_tokenizer",
                new ObjectMapper()
                        .readTree(
                                "{\"type\":\"ByteLevel\",\"add_prefix_space\":false,\"trim_offsets\":true,\"use_regex\":true}"));
        try (Tokenizer tokenizer = open(definition)) {
            assertThat(tokenizer.cacheRefusal()).isEmpty();
            for (long seed = 0; seed < 400; seed++) {
                assertSameIds(tokenizer, randomText(new Random(seed)), "seed " + seed);
            }
        }
    }

    @Test
    void everyCharacterIsOfTheClassThatTheLibrarySays() {
        try (Tokenizer tokenizer = TestTokenizer.open()) {
            assertCodePoints(tokenizer, 0, 0x3400);
            assertCodePoints(tokenizer, 0x1F000, 0x1FB00);
        }
    }

    @Test
    @Tag("long")
    void everyCodePointIsOfTheClassThatTheLibrarySays() {
        try (Tokenizer tokenizer = TestTokenizer.open()) {
            assertCodePoints(tokenizer, 0, Character.MAX_CODE_POINT + 1);
        }
    }

    @Test
    @Tag("long")
    void tenThousandDocumentsHaveTheIdsOfTheLibrary() throws IOException {
        try (Tokenizer tokenizer = TestTokenizer.open()) {
            int compared = 0;
            Path archive = JavaSourceDocuments.archiveOfThisJdk().orElseThrow();
            for (Part part : Part.values()) {
                List<String> texts = new ArrayList<>();
                new JavaSourceDocuments(archive, part, List.of()).read(new TextSink(texts, 3_500));
                for (String text : texts) {
                    assertSameIds(tokenizer, text, part + " " + compared++);
                }
            }
            ProblemGenerator problems = new ProblemGenerator(1);
            for (int i = 0; compared < 10_000; i++) {
                assertSameIds(tokenizer, problems.problem(i).text(), "problem " + i);
                compared++;
            }
        }
    }

    @Test
    void aNonSpecialAddedTokenIsStillRecognised() throws IOException {
        ObjectNode definition = definition();
        definition
                .withArray("/added_tokens")
                .addObject()
                .put("id", 4096)
                .put("content", "<tab>")
                .put("special", false)
                .put("single_word", false)
                .put("lstrip", false)
                .put("rstrip", false)
                .put("normalized", false);
        try (Tokenizer tokenizer = open(definition)) {
            assertThat(tokenizer.cacheRefusal()).isEmpty();
            assertSameIds(tokenizer, "one <tab> two", "with the added token");
            assertThat(tokenizer.encode("one <tab> two")).contains(4096);
            assertThat(tokenizer.encode("one <ta> two")).doesNotContain(4096);
        }
    }

    @Test
    void aDefinitionThatLooksAcrossWordsGoesToTheLibraryAlone() throws IOException {
        assertRefused("\"normalizer\":{\"type\":\"NFKC\"}", "normalizer");
        assertRefused(
                "\"pre_tokenizer\":{\"type\":\"ByteLevel\",\"add_prefix_space\":true,\"trim_offsets\":true,\"use_regex\":true}",
                "space");
        assertRefused("\"pre_tokenizer\":{\"type\":\"Whitespace\"}", "not byte-level");
        ObjectNode dropout = definition();
        dropout.withObject("/model").put("dropout", 0.1);
        try (Tokenizer tokenizer = open(dropout)) {
            assertThat(tokenizer.cacheRefusal())
                    .hasValueSatisfying(reason -> assertThat(reason).contains("dropout"));
        }
        try (Tokenizer tokenizer = withPattern("\\p{L}+|[^\\p{L}]+")) {
            assertThat(tokenizer.cacheRefusal())
                    .hasValueSatisfying(reason -> assertThat(reason).contains("\\p{L}+"));
            assertSameIds(tokenizer, "still encoded 123", "by the library");
        }
    }

    @Test
    void threadsThatShareTheCacheGetTheSameIds() throws Exception {
        try (Tokenizer tokenizer = TestTokenizer.open();
                ExecutorService threads = Executors.newFixedThreadPool(4)) {
            List<String> texts = new ArrayList<>();
            for (int i = 0; i < 300; i++) {
                texts.add(new ProblemGenerator(i % 7).problem(i).text() + randomText(new Random(i % 20)));
            }
            List<Future<List<int[]>>> results = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                results.add(threads.submit(
                        () -> texts.stream().map(tokenizer::encode).toList()));
            }
            for (Future<List<int[]>> result : results) {
                for (int i = 0; i < texts.size(); i++) {
                    assertThat(result.get().get(i)).isEqualTo(tokenizer.encodeByLibrary(texts.get(i)));
                }
            }
        }
    }

    private void assertRefused(String member, String reason) throws IOException {
        ObjectNode definition = definition();
        definition.setAll((ObjectNode) new ObjectMapper().readTree("{" + member + "}"));
        try (Tokenizer tokenizer = open(definition)) {
            assertThat(tokenizer.cacheRefusal())
                    .hasValueSatisfying(said -> assertThat(said).contains(reason));
            assertSameIds(tokenizer, "Plain ﬁne  text", reason);
        }
    }

    /** A letter, number, blank or sign shows itself between letters, between signs, after an apostrophe and before a line's end. */
    private static void assertCodePoints(Tokenizer tokenizer, int from, int to) {
        StringBuilder text = new StringBuilder();
        int first = from;
        for (int c = from; c < to; c++) {
            if (c < Character.MIN_SURROGATE || c > Character.MAX_SURROGATE) {
                String s = Character.toString(c);
                text.append('a')
                        .append(s)
                        .append("a!")
                        .append(s)
                        .append("! ")
                        .append(s)
                        .append("'")
                        .append(s)
                        .append("q\n");
            }
            if (text.length() > 20_000 || c == to - 1) {
                assertSameIds(tokenizer, text.toString(), "U+%X to U+%X".formatted(first, c));
                text.setLength(0);
                first = c + 1;
            }
        }
    }

    private static void assertSameIds(Tokenizer tokenizer, String text, String description) {
        int[] expected = tokenizer.encodeByLibrary(text);
        // Twice: once with what the cache did not have yet, once out of it.
        for (int time = 0; time < 2; time++) {
            int[] ids = tokenizer.encode(text);
            if (!Arrays.equals(ids, expected)) {
                assertThat(ids).as("%s: %s", description, text).isEqualTo(expected);
            }
        }
    }

    private static String randomText(Random random) {
        StringBuilder text = new StringBuilder();
        int length = random.nextInt(80);
        for (int i = 0; i < length; i++) {
            text.append(
                    random.nextInt(12) == 0
                            ? Character.toString(random.nextInt(Character.MAX_CODE_POINT + 1))
                            : PARTS[random.nextInt(PARTS.length)]);
        }
        return text.toString();
    }

    private static ObjectNode definition() throws IOException {
        return (ObjectNode) new ObjectMapper().readTree(TestTokenizer.file().toFile());
    }

    private Tokenizer withPattern(String expression) throws IOException {
        ObjectNode definition = definition();
        definition.withObject("/pre_tokenizer/pretokenizers/0/pattern").put("Regex", expression);
        return open(definition);
    }

    private Tokenizer open(ObjectNode definition) throws IOException {
        return Tokenizer.open(
                Files.writeString(Files.createTempFile(folder, "tokenizer", ".json"), definition.toString()));
    }
}
