package dev.calandra.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.configs.DataException;
import dev.calandra.data.documents.Document;
import dev.calandra.data.documents.DocumentSource;
import dev.calandra.data.documents.TokenDocument;
import dev.calandra.data.shards.ShardLimits;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TokenizeJobTest {
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
    void theShardsHoldTheDocuments() {
        List<Document> documents = CorpusFixture.documents(1, 200);
        TokenizeProgress done = run("corpus", documents, 2);
        assertThat(done.documents()).isEqualTo(200);
        Set<String> texts = new HashSet<>();
        long tokens = 0;
        for (Split split : Split.values()) {
            try (ShardSet set = ShardSet.open(folder.resolve("corpus").toString(), split, CorpusFixture.CACHE)) {
                assertThat(set.manifest().shards()).isNotEmpty();
                set.requireTokenizer(tokenizer);
                tokens += set.tokens();
                texts.addAll(texts(set));
            }
        }
        assertThat(tokens).isEqualTo(done.tokens());
        assertThat(texts)
                .isEqualTo(new HashSet<>(documents.stream().map(Document::text).toList()));
    }

    @Test
    void theNumberOfThreadsDoesNotShow() throws IOException {
        List<Document> documents = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            // Large enough that each makes a group of its own.
            documents.add(new Document("large-" + i, ("document " + i + " ").repeat(6_000)));
        }
        run("one", documents, 1);
        run("four", documents, 4);
        for (String file : List.of("train/manifest.json", "train/shard-000000.arrow", "validation/manifest.json")) {
            assertThat(folder.resolve("four").resolve(file))
                    .hasSameBinaryContentAs(folder.resolve("one").resolve(file));
        }
    }

    @Test
    void theSplitIsStableWhileTheCorpusGrows() {
        run("small", CorpusFixture.documents(2, 100), 1);
        run("grown", CorpusFixture.documents(2, 150), 1);
        try (ShardSet small = ShardSet.open(folder.resolve("small").toString(), Split.VALIDATION, CorpusFixture.CACHE);
                ShardSet grown =
                        ShardSet.open(folder.resolve("grown").toString(), Split.VALIDATION, CorpusFixture.CACHE)) {
            assertThat(texts(grown)).startsWith(texts(small).toArray(String[]::new));
            assertThat(small.manifest().documents()).isBetween(8L, 35L);
        }
    }

    @Test
    void theLossStartsAtTheTokenThatHoldsTheCharacter() {
        String question = "Q: what is 2 + 2?";
        for (int start = 0; start <= question.length(); start++) {
            EncodedDocument encoded =
                    EncodedDocument.of(new Document("q", question, start), tokenizer, tokenizer.byteLengths());
            int[] before = Arrays.copyOf(encoded.tokens(), encoded.lossStart());
            int[] through = Arrays.copyOf(encoded.tokens(), encoded.lossStart() + 1);
            assertThat(tokenizer.decode(before).length()).isLessThanOrEqualTo(start);
            if (start < question.length()) {
                assertThat(tokenizer.decode(through).length()).isGreaterThan(start);
            } else {
                assertThat(encoded.lossStart()).isEqualTo(encoded.tokens().length - 1);
            }
        }
    }

    @Test
    void tooManyBadRecordsFailTheJobAndCommitNothing() {
        DocumentSource bad = sink -> {
            sink.accept(new Document("a", "text"));
            sink.reject("corpus.jsonl", 2, "field 'text' is missing");
        };
        assertThatThrownBy(() -> new TokenizeJob(tokenizer, CorpusFixture.options("bad", 1), progress -> {})
                        .run(bad, folder.resolve("bad").toString()))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("1 of 2 records")
                .hasMessageContaining("corpus.jsonl:2");
        assertThatThrownBy(() -> ShardSet.open(folder.resolve("bad").toString(), Split.TRAIN, CorpusFixture.CACHE))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("no manifest.json");
    }

    @Test
    void documentsThatAreTokensAlreadyAreTaken() throws IOException {
        int end = tokenizer.endOfText();
        int[] question = tokenizer.encode("Q: what is 2 + 2?");
        int[] ended = Arrays.copyOf(question, question.length + 1);
        ended[question.length] = end;
        DocumentSource source = sink -> {
            for (int i = 0; i < 30; i++) {
                sink.accept(new TokenDocument("data.bin#" + i, i % 2 == 0 ? question : ended));
            }
            sink.accept(new TokenDocument("data.bin#30", new int[] {5, tokenizer.vocabSize()}));
            sink.accept(new TokenDocument("data.bin#31", new int[] {-1}));
        };
        TokenizeOptions options = new TokenizeOptions("corpus", 0.2, 0.1, 2, new ShardLimits(2000, 300));
        TokenizeProgress done = new TokenizeJob(tokenizer, options, progress -> {})
                .run(source, folder.resolve("tokens").toString());
        assertThat(done.documents()).isEqualTo(30);
        assertThat(done.rejected()).isEqualTo(2);
        assertThat(done.tokens()).isEqualTo(30L * ended.length);
        assertThat(done.textBytes()).isEqualTo(30L * "Q: what is 2 + 2?".length());
        assertThat(Files.readString(folder.resolve("tokens/rejected.jsonl")))
                .contains("\"file\":\"data.bin#30\"")
                .contains("token id 4096 at position 1 is outside the vocabulary")
                .contains("token id -1 at position 0");
    }

    @Test
    void theSampleOfRejectedRecordsIsBoundedAndKeepsTheFirst() throws IOException {
        RejectedRecords rejected = new RejectedRecords("corpus", 1);
        for (int i = 1; i <= 20_000; i++) {
            rejected.add("a.jsonl", i, "reason " + i, 0);
        }
        assertThat(rejected.count()).isEqualTo(20_000);
        List<Integer> positions = new String(rejected.toJsonLines(), StandardCharsets.UTF_8)
                .lines()
                .map(line -> Integer.valueOf(line.replaceAll(".*\"position\":(\\d+).*", "$1")))
                .toList();
        assertThat(positions).hasSize(1000).isSorted().startsWith(1);
        assertThat(positions.stream().filter(position -> position > 10_000).count())
                .isBetween(400L, 600L);
    }

    @Test
    void aJobWithTooManyBadRecordsEndsBeforeItsInputDoes() {
        RejectedRecords rejected = new RejectedRecords("corpus", 0.1);
        assertThatThrownBy(() -> {
                    for (int i = 1; i <= 20_000; i++) {
                        rejected.add("a.jsonl", i, "bad", 2L * i);
                    }
                })
                .isInstanceOf(DataException.class)
                .hasMessageContaining("a.jsonl:1: bad");
        assertThat(rejected.count()).isLessThan(4_000);
    }

    @Test
    void aJobThatBreaksOffLeavesNoCorpusAndCanBeRunAgain() throws IOException {
        DocumentSource broken = sink -> {
            for (Document document : CorpusFixture.documents(3, 100)) {
                sink.accept(document);
            }
            throw new IOException("the disk went away");
        };
        Path target = folder.resolve("broken");
        assertThatThrownBy(() -> new TokenizeJob(tokenizer, CorpusFixture.options("x", 1), progress -> {})
                        .run(broken, target.toString()))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("the disk went away");
        assertThat(Files.exists(target.resolve("train/manifest.json"))).isFalse();
        run("broken", CorpusFixture.documents(3, 100), 1);
        assertThat(Files.exists(target.resolve("train/manifest.json"))).isTrue();
        assertThatThrownBy(() -> run("broken", CorpusFixture.documents(3, 100), 1))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("finished corpus");
    }

    @Test
    void anEmptySourceIsRefused() {
        assertThatThrownBy(() -> run("empty", List.of(), 1))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("no document to train on");
    }

    @Test
    void aBudgetEndsTheSource() {
        List<Document> documents = CorpusFixture.documents(4, 100);
        List<String> taken = new ArrayList<>();
        try {
            CorpusFixture.source(documents).limitedTo(1000).read(new TextSink(taken, Integer.MAX_VALUE));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        long bytes = 0;
        for (String text : taken) {
            assertThat(bytes).isLessThan(1000);
            bytes += text.getBytes(StandardCharsets.UTF_8).length;
        }
        assertThat(bytes).isGreaterThanOrEqualTo(1000);
    }

    @Test
    void limitsOutOfRangeAreRefused() {
        assertThatThrownBy(() -> new TokenizeOptions("x", 1.0, 0, 1, ShardLimits.DEFAULT))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new TokenizeOptions("x", 0, Double.NaN, 1, ShardLimits.DEFAULT))
                .isInstanceOf(IllegalArgumentException.class);
    }

    private TokenizeProgress run(String name, List<Document> documents, int threads) {
        return new TokenizeJob(tokenizer, CorpusFixture.options("corpus", threads), progress -> {})
                .run(CorpusFixture.source(documents), folder.resolve(name).toString());
    }

    /** The documents of a set, decoded, in order. */
    private static List<String> texts(ShardSet set) {
        PackedSequence all = set.read(0, Math.toIntExact(set.tokens()));
        List<String> texts = new ArrayList<>();
        int start = 0;
        for (int j = 0; j < all.tokens().length; j++) {
            assertThat(all.documentStart()[j]).isEqualTo(start);
            if (all.tokens()[j] == tokenizer.endOfText()) {
                texts.add(tokenizer.decode(Arrays.copyOfRange(all.tokens(), start, j)));
                start = j + 1;
            }
        }
        return texts;
    }
}
