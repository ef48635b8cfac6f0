package dev.calandra.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.ObjectMapper;
import dev.calandra.configs.DataConfig;
import dev.calandra.configs.DataException;
import dev.calandra.configs.MixtureInterpolation;
import dev.calandra.configs.MixturePoint;
import dev.calandra.configs.MixturePositions;
import dev.calandra.configs.Packing;
import dev.calandra.configs.SourceConfig;
import dev.calandra.configs.SourceConfig.Kind;
import dev.calandra.configs.WeightPoint;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A run that is cut up in any way, or whose mixture is edited on the way, serves each source's windows without loss or repetition. */
class MixtureResumeTest {
    private static final int SEQUENCE = 32;
    private static final long TOTAL = 2000;
    private static final List<String> NAMES = List.of("prose", "web", "math", "code");

    @TempDir
    static Path folder;

    private static Tokenizer tokenizer;

    @BeforeAll
    static void writeCorpora() {
        tokenizer = TestTokenizer.open();
        for (int i = 0; i < NAMES.size(); i++) {
            CorpusFixture.write(tokenizer, folder.resolve(NAMES.get(i)), NAMES.get(i), i, 60 + 40 * i);
        }
    }

    @AfterAll
    static void close() {
        tokenizer.close();
    }

    /** Ranks take any slices of each batch, processes end anywhere and hand on what a checkpoint holds. */
    @Test
    void anyWorldSizeRankSplitAndResumePointsServeTheSingleRankOrder() throws IOException {
        DataConfig config = config(new Random(1), Packing.CONCAT, SEQUENCE);
        List<int[]> single = new ArrayList<>();
        MixtureHistory history;
        try (MixtureStream stream = open(config, 7)) {
            for (long n = 0; n < 600; n++) {
                single.add(stream.sample(n).tokens());
            }
            history = stream.history();
        }
        for (long seed = 0; seed < 25; seed++) {
            Random random = new Random(seed);
            int[][] served = new int[600][];
            int from = 0;
            while (from < 600) {
                int to = Math.min(600, from + 1 + random.nextInt(200));
                int world = 1 + random.nextInt(7);
                for (int rank = 0; rank < world; rank++) {
                    try (MixtureStream fresh = open(config, 7)) {
                        MixtureStream stream = fresh.resumed(stored(history), position(from));
                        // Ranks ask in orders of their own.
                        for (int n = to - 1; n >= from; n--) {
                            if (Math.floorMod(n * 31 / 3, world) == rank) {
                                assertThat(served[n]).isNull();
                                served[n] = stream.sample(n).tokens();
                            }
                        }
                    }
                }
                from = to;
            }
            assertThat(served).as("seed %d", seed).isDeepEqualTo(single.toArray(int[][]::new));
        }
    }

    /** Weights, schedules, and sources themselves are edited at random samples; each source's windows still come in their one order. */
    @Test
    void editsContinueEachSourceWhereItWas() throws IOException {
        for (long seed = 0; seed < 40; seed++) {
            Random random = new Random(seed);
            Packing packing = random.nextBoolean() ? Packing.CONCAT : Packing.BEST_FIT;
            Map<String, List<MixtureStream.Origin>> served = new HashMap<>();
            Map<String, Long> counts = new HashMap<>();
            MixtureHistory history = MixtureHistory.EMPTY;
            int from = 0;
            for (int edit = 0; edit < 5; edit++) {
                int to = from + random.nextInt(400);
                try (MixtureStream fresh = open(config(random, packing, SEQUENCE), 7)) {
                    MixtureStream stream = fresh.resumed(stored(history), position(from));
                    if (!history.segments().isEmpty()) {
                        stream.served(from)
                                .forEach((name, count) -> assertThat(count)
                                        .as("%s before edit", name)
                                        .isEqualTo(counts.getOrDefault(name, 0L)));
                    }
                    for (int n = from; n < to; n++) {
                        MixtureStream.Origin origin = stream.origin(n);
                        served.computeIfAbsent(origin.source(), name -> new ArrayList<>())
                                .add(origin);
                        counts.merge(origin.source(), 1L, Long::sum);
                    }
                    history = stream.history();
                }
                from = to;
            }
            assertOneOrder(served, packing, seed);
        }
    }

    /** What was served of a source under all mixtures is what a stream of it alone serves. */
    private static void assertOneOrder(Map<String, List<MixtureStream.Origin>> served, Packing packing, long seed) {
        served.forEach((name, origins) -> {
            DataConfig alone = data(List.of(source(name, 1, 0, List.of())), List.of(), packing, SEQUENCE);
            try (MixtureStream stream = open(alone, 7)) {
                for (int n = 0; n < origins.size(); n++) {
                    assertThat(origins.get(n))
                            .as("seed %d source %s window %d", seed, name, n)
                            .isEqualTo(stream.origin(n));
                }
            }
        });
    }

    @Test
    void samplesBeforeAnEditStayWhatTheyWere() throws IOException {
        DataConfig before = config(new Random(3), Packing.CONCAT, SEQUENCE);
        List<int[]> first = new ArrayList<>();
        MixtureHistory history;
        try (MixtureStream stream = open(before, 7)) {
            for (long n = 0; n < 300; n++) {
                first.add(stream.sample(n).tokens());
            }
            history = stream.history();
        }
        DataConfig after = data(before.sources(), List.of(new MixturePoint(0, 0.9)), Packing.CONCAT, SEQUENCE);
        try (MixtureStream fresh = open(after, 7)) {
            MixtureStream stream = fresh.resumed(stored(history), position(300));
            for (int n = 0; n < 300; n++) {
                assertThat(stream.sample(n).tokens()).isEqualTo(first.get(n));
            }
            assertThat(stream.firstAvailable()).isZero();
            assertThat(stream.plannedShare(Kind.REASONING, 300)).isCloseTo(0.9, within(1e-9));
            assertThat(stream.plannedShare(Kind.REASONING, 299)).isLessThan(0.8);
        }
    }

    @Test
    void anotherSequenceLengthBeginsTheNextEpoch() throws IOException {
        MixtureHistory history;
        try (MixtureStream stream = open(config(new Random(3), Packing.CONCAT, SEQUENCE), 7)) {
            history = stream.history();
        }
        try (MixtureStream fresh = open(config(new Random(3), Packing.CONCAT, 2 * SEQUENCE), 7)) {
            MixtureStream stream = fresh.resumed(stored(history), position(100));
            assertThat(stream.firstAvailable()).isEqualTo(100);
            for (long n = 100; n < 140; n++) {
                assertThat(stream.origin(n).epoch()).isEqualTo(1);
                assertThat(stream.sample(n).tokens()).hasSize(2 * SEQUENCE + 1);
            }
            assertThatThrownBy(() -> stream.sample(99))
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("data.sequence_length 32");
        }
    }

    @Test
    void aSourceThatWasRemovedIsNamedByTheSampleThatNeedsIt() throws IOException {
        MixtureHistory history;
        Map<String, Long> before;
        List<SourceConfig> both = List.of(source("prose", 1, 0, List.of()), source("web", 1, 0, List.of()));
        try (MixtureStream stream = open(data(both, List.of(), Packing.CONCAT, SEQUENCE), 7)) {
            history = stream.history();
            before = stream.served(100);
        }
        try (MixtureStream fresh = open(data(both.subList(0, 1), List.of(), Packing.CONCAT, SEQUENCE), 7)) {
            MixtureStream stream = fresh.resumed(stored(history), position(100));
            assertThat(stream.firstAvailable()).isEqualTo(100);
            assertThat(stream.served(150))
                    .containsEntry("prose", before.get("prose") + 50)
                    .containsEntry("web", before.get("web"));
            assertThatThrownBy(() -> {
                        for (long n = 0; n < 100; n++) {
                            stream.sample(n);
                        }
                    })
                    .isInstanceOf(DataException.class)
                    .hasMessageContaining("source 'web'");
        }
    }

    @Test
    void limitsOfEpochsAreKeptOverEdits() throws IOException {
        List<SourceConfig> limited = List.of(
                source("prose", 1, 0, List.of()), source("math", 1, 1.5, List.of()), source("code", 1, 0, List.of()));
        List<MixturePoint> half = List.of(new MixturePoint(0, 0.5));
        try (MixtureStream stream = open(data(limited, half, Packing.CONCAT, SEQUENCE), 7)) {
            long allowed = stream.windowsPerEpoch().get("math") * 3 / 2;
            // The end of the block in which the run ends.
            assertThat(stream.served(2048).get("math")).isEqualTo(allowed);
            MixtureHistory history = stream.history();
            try (MixtureStream fresh =
                    open(data(limited, List.of(new MixturePoint(0, 0.7)), Packing.CONCAT, SEQUENCE), 7)) {
                MixtureStream edited = fresh.resumed(stored(history), position(50));
                assertThat(edited.served(50 + 2048).get("math")).isEqualTo(allowed);
            }
        }
        List<SourceConfig> only = List.of(source("prose", 1, 0, List.of()), source("math", 1, 1.5, List.of()));
        assertThatThrownBy(() -> open(data(only, half, Packing.CONCAT, SEQUENCE), 7))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("all reasoning sources have been served max_epochs times")
                .hasMessageContaining("% of the run");
    }

    @Test
    void positionsInTokensStayWhenTheRunIsMadeLonger() {
        DataConfig config = new DataConfig(
                TestTokenizer.file(),
                SEQUENCE,
                List.of(source("prose", 1, 0, List.of()), source("math", 1, 0, List.of())),
                List.of(new MixturePoint(0, 0.1), new MixturePoint(500.0 * SEQUENCE, 0.8)),
                MixturePositions.TOKENS,
                MixtureInterpolation.STEPPED,
                Packing.CONCAT,
                CorpusFixture.CACHE);
        try (MixtureStream stream = open(config, 7)) {
            assertThat(stream.plannedShares(499)).containsEntry("math", 0.1);
            assertThat(stream.plannedShares(500)).containsEntry("math", 0.8);
            try (MixtureStream longer = MixtureStream.open(config, tokenizer, 9 * TOTAL, 1, 7)) {
                assertThat(longer.fingerprint()).isEqualTo(stream.fingerprint());
            }
        }
    }

    private static RunPosition position(long sample) {
        return new RunPosition(sample, (double) sample / TOTAL, TOTAL - sample);
    }

    /** What comes back from a checkpoint. */
    private static MixtureHistory stored(MixtureHistory history) throws IOException {
        ObjectMapper json = new ObjectMapper();
        return MixtureHistory.fromList(json.readValue(json.writeValueAsBytes(history.toList()), List.class));
    }

    private static MixtureStream open(DataConfig config, long seed) {
        return MixtureStream.open(config, tokenizer, TOTAL, 1, seed);
    }

    private static DataConfig config(Random random, Packing packing, int sequence) {
        List<SourceConfig> sources = new ArrayList<>();
        for (String name : NAMES) {
            if (sources.size() < 2 || random.nextInt(4) > 0) {
                List<WeightPoint> schedule = random.nextBoolean()
                        ? List.of()
                        : List.of(new WeightPoint(0, 1), new WeightPoint(0.1 + random.nextDouble() / 2, 4));
                sources.add(source(name, Math.pow(10, -2 * random.nextDouble()), 0, schedule));
            }
        }
        boolean reasoning = sources.stream().anyMatch(source -> source.kind() == Kind.REASONING);
        List<MixturePoint> mixture = !reasoning || random.nextInt(3) == 0
                ? List.of()
                : List.of(new MixturePoint(0, 0.32), new MixturePoint(0.5, random.nextDouble()));
        return data(sources, mixture, packing, sequence);
    }

    private static DataConfig data(
            List<SourceConfig> sources, List<MixturePoint> mixture, Packing packing, int sequence) {
        return new DataConfig(
                TestTokenizer.file(),
                sequence,
                sources,
                mixture,
                MixturePositions.PROGRESS,
                MixtureInterpolation.LINEAR,
                packing,
                CorpusFixture.CACHE);
    }

    private static SourceConfig source(String name, double weight, double maxEpochs, List<WeightPoint> schedule) {
        Kind kind = Arrays.asList("math", "code").contains(name) ? Kind.REASONING : Kind.GENERAL;
        return new SourceConfig(name, kind, folder.resolve(name).toString(), weight, maxEpochs, schedule);
    }
}
