package dev.calandra.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.configs.DataConfig;
import dev.calandra.configs.DataException;
import dev.calandra.configs.MixturePoint;
import dev.calandra.configs.SourceConfig;
import dev.calandra.configs.SourceConfig.Kind;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MixtureStreamTest {
    private static final int SEQUENCE = 64;
    private static final int LOOKAHEAD = 2;

    @TempDir
    static Path folder;

    private static Tokenizer tokenizer;

    @BeforeAll
    static void writeCorpora() {
        tokenizer = TestTokenizer.open();
        CorpusFixture.write(tokenizer, folder.resolve("prose"), "prose", 1, 150);
        CorpusFixture.write(tokenizer, folder.resolve("math"), "math", 2, 80);
        CorpusFixture.write(tokenizer, folder.resolve("tiny"), "tiny", 3, 2);
    }

    @AfterAll
    static void close() {
        tokenizer.close();
    }

    @Test
    void aSampleDependsOnItsNumberOnly() {
        List<PackedSequence> forward = new ArrayList<>();
        try (MixtureStream stream = open(config(), 1000, 7)) {
            for (long n = 0; n < 600; n++) {
                forward.add(stream.sample(n));
            }
        }
        try (MixtureStream stream = open(config(), 1000, 7)) {
            for (int n = 599; n >= 0; n -= 7) {
                assertSame(stream.sample(n), forward.get(n), n);
            }
        }
    }

    @Test
    void theSharesFollowTheSchedule() {
        try (MixtureStream stream = open(config(), 1024, 7)) {
            assertThat(stream.plannedShares(0)).containsEntry("math", 0.32).containsEntry("prose", 1 - 0.32);
            assertThat(stream.plannedShares(5000).get("math")).isEqualTo(0.46);
            // The mean of the ramp's first and second half: 0.355 and 0.425.
            long firstHalf = stream.served(512).get("math");
            long secondHalf = stream.served(1024).get("math") - firstHalf;
            assertThat(firstHalf / 512.0).isBetween(0.355 - 1.0 / 512, 0.355 + 1.0 / 512);
            assertThat(secondHalf / 512.0).isBetween(0.425 - 2.0 / 512, 0.425 + 2.0 / 512);
        }
    }

    @Test
    void anEpochServesEveryWindowOnce() {
        try (MixtureStream stream = open(config(), 1000, 8);
                ShardSet math = ShardSet.open(folder.resolve("math").toString(), Split.TRAIN, CorpusFixture.CACHE)) {
            Map<Long, Integer> windows = new TreeMap<>();
            for (long n = 0; n < 2000; n++) {
                MixtureStream.Origin origin = stream.origin(n);
                if (origin.source().equals("math") && origin.epoch() == 0) {
                    windows.merge(origin.window(), 1, Integer::sum);
                }
            }
            assertThat(windows).hasSize(Math.toIntExact(math.tokens() / SEQUENCE));
            assertThat(windows.values()).containsOnly(1);
        }
    }

    /** Decoded around the cut, a window must continue its document and wrap from the last document to the first. */
    @Test
    void windowsContinueTheStreamAndWrapAround() {
        try (ShardSet prose = ShardSet.open(folder.resolve("prose").toString(), Split.TRAIN, CorpusFixture.CACHE)) {
            int tokens = Math.toIntExact(prose.tokens());
            PackedSequence all = prose.read(0, tokens);
            for (int from : new int[] {0, 1, 299, 300, 301, 1999, 2000, 2001, tokens - 100, tokens - 1}) {
                PackedSequence window = prose.read(from, 100);
                for (int j = 0; j < 100; j++) {
                    int k = (from + j) % tokens;
                    assertThat(window.tokens()[j]).isEqualTo(all.tokens()[k]);
                    assertThat(window.target()[j]).isEqualTo(all.target()[k]);
                    int start = all.documentStart()[k] - from + (from + j - k);
                    assertThat(window.documentStart()[j]).isEqualTo(Math.max(0, start));
                }
            }
        }
    }

    @Test
    void theFingerprintNamesWhatTheOrderDependsOn() {
        DataConfig config = config();
        String fingerprint = fingerprint(config, 1000, 7);
        assertThat(fingerprint(config, 1000, 7)).isEqualTo(fingerprint);
        assertThat(fingerprint(config, 1000, 8)).isNotEqualTo(fingerprint);
        assertThat(fingerprint(config, 1001, 7)).isNotEqualTo(fingerprint);
        DataConfig constant = new DataConfig(config.tokenizer(), SEQUENCE, config.sources(), List.of());
        assertThat(fingerprint(constant, 1000, 7)).isEqualTo(fingerprint(constant, 1001, 7));
        DataConfig longer = new DataConfig(config.tokenizer(), SEQUENCE + 1, config.sources(), config.mixture());
        assertThat(fingerprint(longer, 1000, 7)).isNotEqualTo(fingerprint);
    }

    @Test
    void aSourceWithoutWeightIsNotUsed() {
        List<SourceConfig> sources = List.of(
                source("prose", Kind.GENERAL, 1),
                new SourceConfig(
                        "absent", Kind.GENERAL, folder.resolve("absent").toString(), 0));
        try (MixtureStream stream = open(new DataConfig(TestTokenizer.file(), SEQUENCE, sources, List.of()), 10, 1)) {
            assertThat(stream.served(100)).containsOnlyKeys("prose").containsEntry("prose", 100L);
        }
    }

    @Test
    void aSourceSmallerThanASequenceIsRefused() {
        DataConfig config =
                new DataConfig(TestTokenizer.file(), 100_000, List.of(source("tiny", Kind.GENERAL, 1)), List.of());
        assertThatThrownBy(() -> open(config, 10, 1))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("source 'tiny'")
                .hasMessageContaining("sequence_length");
    }

    @Test
    void aCorpusOfAnotherTokenizerIsRefused() throws IOException {
        Path other = folder.resolve("other.json");
        Files.writeString(other, Files.readString(TestTokenizer.file()) + "\n");
        try (Tokenizer wrong = Tokenizer.open(other)) {
            assertThatThrownBy(() -> MixtureStream.open(config(), wrong, 10, LOOKAHEAD, 1))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("another tokenizer");
        }
    }

    @Test
    void aDamagedShardIsNamedByTheSampleThatNeedsIt() throws IOException {
        Path damaged = folder.resolve("damaged");
        CorpusFixture.write(tokenizer, damaged, "damaged", 5, 30);
        try (RandomAccessFile file =
                new RandomAccessFile(damaged.resolve("train/shard-000000.arrow").toFile(), "rw")) {
            file.seek(file.length() / 2);
            int value = file.read();
            file.seek(file.length() / 2);
            file.write(value ^ 16);
        }
        DataConfig config =
                new DataConfig(TestTokenizer.file(), SEQUENCE, List.of(source("damaged", Kind.GENERAL, 1)), List.of());
        try (MixtureStream stream = open(config, 10, 1);
                BatchLoader loader = new BatchLoader(stream, 4, 0, 2)) {
            assertThatThrownBy(() -> {
                        // The sample that touches the damaged record batch is among those of the first epoch.
                        for (long first = 0; first < 1000; first += 4) {
                            loader.next(first);
                        }
                    })
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("shard-000000.arrow")
                    .hasMessageContaining("CRC-32C");
        }
    }

    @Test
    void theFingerprintsOfSourcesDependOnTheirShardsAlone() {
        try (MixtureStream stream = open(config(), 1000, 7);
                MixtureStream other = open(config(), 500, 8)) {
            assertThat(stream.sourceFingerprints())
                    .isEqualTo(other.sourceFingerprints())
                    .containsOnlyKeys(stream.served(0).keySet());
            assertThat(stream.sourceFingerprints().values()).doesNotHaveDuplicates();
        }
    }

    private static String fingerprint(DataConfig config, long samples, long seed) {
        try (MixtureStream stream = open(config, samples, seed)) {
            return stream.fingerprint();
        }
    }

    private static MixtureStream open(DataConfig config, long samples, long seed) {
        return MixtureStream.open(config, tokenizer, samples, LOOKAHEAD, seed);
    }

    private static DataConfig config() {
        return new DataConfig(
                TestTokenizer.file(),
                SEQUENCE,
                List.of(source("prose", Kind.GENERAL, 1), source("math", Kind.REASONING, 1)),
                List.of(new MixturePoint(0, 0.32), new MixturePoint(1, 0.46)));
    }

    private static SourceConfig source(String name, Kind kind, double weight) {
        return new SourceConfig(name, kind, folder.resolve(name).toString(), weight);
    }

    private static void assertSame(PackedSequence actual, PackedSequence expected, long n) {
        assertThat(actual.tokens()).as("sample %d", n).isEqualTo(expected.tokens());
        assertThat(actual.documentStart()).as("sample %d", n).isEqualTo(expected.documentStart());
        assertThat(actual.target()).as("sample %d", n).isEqualTo(expected.target());
    }
}
