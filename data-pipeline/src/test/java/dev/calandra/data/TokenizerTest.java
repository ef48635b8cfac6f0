package dev.calandra.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.configs.DataException;
import dev.calandra.data.problems.ProblemGenerator;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokenizerTest {
    private static Tokenizer tokenizer;

    @TempDir
    Path folder;

    @BeforeAll
    static void open() {
        tokenizer = TestTokenizer.open();
    }

    @AfterAll
    static void close() {
        tokenizer.close();
    }

    @Test
    void saysWhatTheFileSays() {
        assertThat(tokenizer.vocabSize()).isEqualTo(4096);
        assertThat(tokenizer.endOfText()).isZero();
        assertThat(tokenizer.specialToken("<think>")).hasValue(4);
        assertThat(tokenizer.specialToken("<absent>")).isEmpty();
        assertThat(tokenizer.sha256()).hasSize(64);
        assertThat(tokenizer.isByteLevel()).isTrue();
    }

    @Test
    void givesTheIdsThatTheFileDefines() throws IOException {
        NaiveByteLevelBpe naive = new NaiveByteLevelBpe(TestTokenizer.file());
        List<String> texts = new ArrayList<>(List.of(
                "We'll see: it's 1234567 o'clock, isn't it?  Two  spaces,\ttabs\r\n\r\nand lines.\n",
                "for (int i = 0; i < n; i++) { sum += x[i] * y[i]; }\n    // indented\n",
                "naïve café — “quoted” … ½ Größe, 日本語のテキスト, 👩‍👩‍👧‍👦\u00a0\u3000end"));
        for (int i = 0; i < 200; i++) {
            texts.add(new ProblemGenerator(1).problem(i).text());
        }
        for (String text : texts) {
            assertThat(tokenizer.encode(text)).as(text).isEqualTo(naive.encode(text));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                " ",
                "plain text, twice:  plain text",
                "tabs\tand\r\nline ends\n\n\n  indented",
                "naïve café — “quoted” … ½",
                "日本語のテキスト、한국어, العربية, עברית",
                "combining: e\u0301 o\u0308\u0323, zero width: a\u200Db\uFEFF",
                "emoji: 👩‍👩‍👧‍👦 🇩🇪 🧑🏽‍🚀 and 𝔘𝔫𝔦𝔠𝔬𝔡𝔢",
                "nul \0 and controls \u0001\u001F\u007F\u0085\u2028",
                "'s 'LL can't we'll 1234567890 3.14159"
            })
    void decodesWhatItEncoded(String text) {
        assertThat(tokenizer.decode(tokenizer.encode(text))).isEqualTo(text);
    }

    @Test
    void decodesRandomUnicode() {
        for (long seed = 0; seed < 50; seed++) {
            String text = randomText(new Random(seed));
            assertThat(tokenizer.decode(tokenizer.encode(text)))
                    .as("seed %d", seed)
                    .isEqualTo(text);
        }
    }

    @Test
    void byteLengthsAddUpToTheText() {
        int[] lengths = tokenizer.byteLengths();
        for (long seed = 0; seed < 50; seed++) {
            String text = randomText(new Random(seed));
            long sum = Arrays.stream(tokenizer.encode(text))
                    .map(id -> lengths[id])
                    .asLongStream()
                    .sum();
            assertThat(sum).as("seed %d", seed).isEqualTo(text.getBytes(StandardCharsets.UTF_8).length);
        }
        assertThat(lengths[tokenizer.endOfText()]).isZero();
    }

    @Test
    void textIsNotTruncated() {
        String text = "word ".repeat(5000);
        assertThat(tokenizer.decode(tokenizer.encode(text))).isEqualTo(text);
    }

    @Test
    void specialTokensInTextAreText() {
        String text = "a <|endoftext|> b <think>c</think>";
        assertThat(tokenizer.encode(text)).doesNotContain(tokenizer.endOfText(), 4, 5);
        assertThat(tokenizer.decode(tokenizer.encode(text))).isEqualTo(text);
        assertThat(tokenizer.encodeWithSpecialTokens(text)).contains(tokenizer.endOfText(), 4, 5);
        assertThat(tokenizer.decode(tokenizer.encodeWithSpecialTokens(text))).isEqualTo(text);
    }

    @Test
    void anUnpairedSurrogateBecomesTheReplacementCharacter() {
        assertThat(tokenizer.decode(tokenizer.encode("a\uD83Db"))).isEqualTo("a\uFFFDb");
    }

    @Test
    void idsOutsideTheVocabularyAreRefused() {
        assertThatThrownBy(() -> tokenizer.decode(new int[] {5, 4096}))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("4096")
                .hasMessageContaining("position 1");
        assertThatThrownBy(() -> tokenizer.decode(new int[] {-1})).isInstanceOf(DataException.class);
    }

    @Test
    void aMissingFileIsNamed() {
        assertThatThrownBy(() -> Tokenizer.open(folder.resolve("none.json")))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("none.json")
                .hasMessageContaining("data.tokenizer");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "[]",
                "{",
                "{}",
                "{\"model\":{\"vocab\":{\"a\":-3}}}",
                "{\"model\":{\"vocab\":{\"a\":1}},\"added_tokens\":[{\"id\":2,\"content\":\"<pad>\",\"special\":true}]}",
                "{\"model\":{\"vocab\":{\"a\":1}},\"added_tokens\":[{\"id\":2,\"content\":\"</s>\",\"special\":true}]}"
            })
    void aFileThatIsNoTokenizerIsRefused(String content) throws IOException {
        Path file = Files.writeString(folder.resolve("bad.json"), content);
        assertThatThrownBy(() -> Tokenizer.open(file))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("bad.json");
    }

    /** Code points of every plane and length in UTF-8, mixed with ASCII; no surrogates. */
    private static String randomText(Random random) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 200; i++) {
            int kind = random.nextInt(5);
            int bound = switch (kind) {
                case 0, 1 -> 0x80;
                case 2 -> 0x800;
                case 3 -> 0x10000;
                default -> 0x110000;
            };
            int c = random.nextInt(bound);
            text.appendCodePoint(c >= 0xD800 && c <= 0xDFFF ? ' ' : c);
        }
        return text.toString();
    }
}
