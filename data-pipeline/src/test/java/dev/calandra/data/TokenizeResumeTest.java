package dev.calandra.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.configs.DataException;
import dev.calandra.data.documents.Document;
import dev.calandra.data.documents.DocumentSource;
import dev.calandra.data.quality.EvaluationTexts;
import dev.calandra.data.quality.QualityFilter;
import dev.calandra.data.quality.QualityRules;
import dev.calandra.data.shards.ShardLimits;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A job that was killed goes on, and what it writes in the end is what it would have written at once. */
class TokenizeResumeTest {
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
    void aJobKilledAtSomeDocumentsEndsAsIfItHadNotBeen() throws IOException {
        killEvery(97, true);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @Tag("long")
    void aJobKilledAtManyDocumentsEndsAsIfItHadNotBeen(boolean withQualitySteps) throws IOException {
        killEvery(7, withQualitySteps);
    }

    /**
     * Copies of the folder, taken while the job runs, are what kills at those moments would leave on disk: finished shards, half-written ones,
     * receipts without shards.
     */
    private void killEvery(int interval, boolean withQualitySteps) throws IOException {
        List<Document> documents = documents();
        run(documents, folder.resolve("whole"), withQualitySteps);
        Map<String, byte[]> whole = content(folder.resolve("whole"));
        assertThat(whole.keySet()).contains("train/shard-000003.arrow", "validation/shard-000001.arrow");

        Path running = folder.resolve("running");
        List<Path> kills = new ArrayList<>();
        DocumentSource watched = sink -> {
            for (int i = 0; i < documents.size(); i++) {
                sink.accept(documents.get(i));
                if (i % interval == 0) {
                    kills.add(copy(running, folder.resolve("kill-" + i)));
                }
            }
        };
        job(withQualitySteps, 1).run(watched, running.toString());
        int resumedShards = 0;
        for (Path kill : kills) {
            assertThat(Files.exists(kill.resolve("train/manifest.json"))).isFalse();
            resumedShards += Files.exists(kill.resolve("train/shard-000000.json")) ? 1 : 0;
            run(documents, kill, withQualitySteps);
            assertSame(kill, whole);
        }
        assertThat(resumedShards).as("kills after the first shard").isGreaterThan(2);
    }

    @Test
    @Tag("long")
    void aJobThatFailsAgainAndAgainGetsThere() throws IOException {
        List<Document> documents = documents();
        run(documents, folder.resolve("whole"), true);
        Random random = new Random(5);
        int failures = 0;
        for (int reach = 10; reach < documents.size(); reach += 40 + random.nextInt(80)) {
            int end = reach;
            DocumentSource broken = sink -> {
                for (Document document : documents.subList(0, end)) {
                    sink.accept(document);
                }
                throw new IOException("the disk went away");
            };
            assertThatThrownBy(() ->
                            job(true, 2).run(broken, folder.resolve("broken").toString()))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("the disk went away");
            failures++;
        }
        assertThat(failures).isGreaterThan(3);
        run(documents, folder.resolve("broken"), true);
        assertSame(folder.resolve("broken"), content(folder.resolve("whole")));
    }

    @Test
    void finishedShardsAreNotTokenizedAgain() throws IOException {
        Path target = interrupted();
        Map<String, byte[]> before = content(target);
        long tokensBefore;
        try (Stream<Path> shards = Files.list(target.resolve("train"))) {
            assertThat(shards.filter(file -> file.toString().endsWith(".arrow")))
                    .hasSizeGreaterThan(1);
        }
        var stamp = Files.getLastModifiedTime(target.resolve("train/shard-000000.arrow"));
        List<Long> tokens = new ArrayList<>();
        TokenizeOptions options = options(1);
        new TokenizeJob(tokenizer, options, progress -> tokens.add(progress.tokens()))
                .run(CorpusFixture.source(documents()), target.toString());
        tokensBefore = tokens.getFirst();
        assertThat(tokensBefore).isPositive();
        assertThat(Files.getLastModifiedTime(target.resolve("train/shard-000000.arrow")))
                .isEqualTo(stamp);
        assertThat(content(target).get("train/shard-000000.arrow")).isEqualTo(before.get("train/shard-000000.arrow"));
        assertThat(content(target).keySet()).noneMatch(name -> name.matches(".*shard.*json|.*unfinished"));
    }

    @Test
    void anInputThatChangedIsRefused() throws IOException {
        Path target = interrupted();
        List<Document> changed = new ArrayList<>(documents());
        Document first = changed.getFirst();
        changed.set(0, new Document(first.id(), first.text() + "!", first.lossStart()));
        List<Document> shorter = documents().subList(0, 5);
        List<Document> shifted = documents().subList(1, documents().size());
        for (List<Document> input : List.of(changed, shorter, shifted)) {
            Path copy = copy(target, folder.resolve("copy-" + input.size() + input.hashCode()));
            assertThatThrownBy(() -> run(input, copy, false))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("the input is not what it was")
                    .hasMessageContaining("delete the folder");
        }
    }

    @Test
    void otherSettingsAreRefused() throws IOException {
        Path target = interrupted();
        TokenizeOptions other = new TokenizeOptions("corpus", 0.3, 0.01, 1, new ShardLimits(2000, 300));
        assertThatThrownBy(() -> new TokenizeJob(tokenizer, other, progress -> {})
                        .run(CorpusFixture.source(documents()), target.toString()))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("other settings");
    }

    @Test
    void aFinishedJobOfTheSameSettingsIsLeftAsItIs() throws IOException {
        Path target = folder.resolve("finished");
        run(documents(), target, true);
        Map<String, byte[]> before = content(target);
        assertThat(job(true, 1).runUnlessFinished(CorpusFixture.source(documents()), target.toString()))
                .isEmpty();
        assertSame(target, before);
        assertThatThrownBy(() -> job(false, 1).runUnlessFinished(CorpusFixture.source(documents()), target.toString()))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("other settings");
    }

    /** A folder in which a job has finished some shards. */
    private Path interrupted() {
        Path target = folder.resolve("interrupted");
        DocumentSource broken = sink -> {
            for (Document document : documents().subList(0, 350)) {
                sink.accept(document);
            }
            throw new IOException("killed");
        };
        assertThatThrownBy(() -> job(false, 1).run(broken, target.toString())).isInstanceOf(DataException.class);
        return target;
    }

    /** Some are duplicates; each large enough that a few make a group, so that shards are written while documents still come. */
    private static List<Document> documents() {
        List<Document> documents = new ArrayList<>();
        List<Document> small = CorpusFixture.documents(11, 400);
        for (int i = 0; i < small.size(); i++) {
            Document document = small.get(i % 9 == 8 ? i - 3 : i);
            documents.add(
                    new Document(small.get(i).id(), document.text() + " ".repeat(4000) + "end", document.lossStart()));
        }
        return documents;
    }

    private static TokenizeOptions options(int threads) {
        return new TokenizeOptions("corpus", 0.25, 0.01, threads, new ShardLimits(8000, 1500));
    }

    private static TokenizeJob job(boolean withQualitySteps, int threads) {
        QualityFilter filter = withQualitySteps
                ? new QualityFilter(new QualityRules(100, Integer.MAX_VALUE, 0.9, 1, true, 0.9), new EvaluationTexts())
                : QualityFilter.none();
        return new TokenizeJob(tokenizer, options(threads), filter, progress -> {});
    }

    private static void run(List<Document> documents, Path target, boolean withQualitySteps) {
        job(withQualitySteps, 2).run(CorpusFixture.source(documents), target.toString());
    }

    private static void assertSame(Path found, Map<String, byte[]> expected) throws IOException {
        Map<String, byte[]> content = content(found);
        assertThat(content.keySet()).as("%s", found).isEqualTo(expected.keySet());
        expected.forEach((name, bytes) ->
                assertThat(content.get(name)).as("%s of %s", name, found).isEqualTo(bytes));
    }

    private static Map<String, byte[]> content(Path root) throws IOException {
        Map<String, byte[]> content = new TreeMap<>();
        try (Stream<Path> files = Files.walk(root)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                content.put(root.relativize(file).toString(), Files.readAllBytes(file));
            }
        }
        return content;
    }

    private static Path copy(Path from, Path to) {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path target = to.resolve(from.relativize(file));
                Files.createDirectories(target.getParent());
                if (!Files.isDirectory(file)) {
                    Files.copy(file, target);
                }
            }
            return to;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
