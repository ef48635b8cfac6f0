package dev.calandra.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.checkpoints.Checkpoint;
import dev.calandra.checkpoints.CheckpointReader;
import dev.calandra.storage.StorageLocation;
import dev.calandra.storage.Storages;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Real ranks that are killed, hang, throw and diverge, and a user who presses Ctrl-C. */
@Tag("long")
@Timeout(400)
class LaunchFaultsTest {

    private static final String STEPS = "run.steps=24";
    /** More than any test waits for. */
    private static final String ENDLESS = "run.steps=100000";

    private static final Duration SOON = Duration.ofSeconds(60);

    @TempDir
    private static Path folder;

    private static TinyRun tiny;

    @BeforeAll
    static void prepare() throws IOException {
        LaunchedRun.prepare(folder);
        tiny = TinyRun.prepare(folder);
    }

    @ParameterizedTest
    @CsvSource({"KILL,1,signal 9", "STOP,0,rank 0 gave no sign of life"})
    void aLostRankIsReplacedAndTheRunEndsAsIfNothingHadHappened(String signal, int rank, String named)
            throws Exception {
        LaunchedRun run = LaunchedRun.start(tiny, "run-" + signal, 2, "", STEPS);
        run.awaitSteps(12);
        run.signalRank(signal, rank);
        long lost = System.nanoTime();
        run.awaitWord("going on from step");
        assertThat(Duration.ofNanos(System.nanoTime() - lost)).isLessThan(SOON);
        assertThat(run.await()).as(run.said()).isZero();
        assertThat(run.said()).containsOnlyOnce(named).containsOnlyOnce("going on from step");
        assertThat(run.losses()).hasSize(24).isEqualTo(undisturbed());
        assertThat(run.directory().resolve("epochs/epoch-00000002"))
                .content()
                .as("the launch names itself to what it starts")
                .containsPattern("\"launch\":\"[0-9a-f-]{36}\"");
    }

    private static List<String> undisturbed() throws IOException {
        Path directory = folder.resolve("undisturbed");
        Terminal terminal = tiny.run("pretrain", local(directory, STEPS));
        assertThat(terminal.status()).as(terminal.err()).isZero();
        return LaunchedRun.losses(directory);
    }

    private static String[] local(Path directory, String steps, String... options) {
        List<String> more = new ArrayList<>(List.of("--local-ranks", "2", "--set", steps));
        LaunchedRun.settings(directory).forEach(set -> more.addAll(List.of("--set", set)));
        more.addAll(List.of(options));
        return more.toArray(String[]::new);
    }

    @ParameterizedTest
    @ValueSource(strings = {"INT", "HUP"})
    void aRequestToStopSavesTheStepOnAllRanksAndStartsNothingAgain(String signal) throws Exception {
        LaunchedRun run = LaunchedRun.start(tiny, "interrupted-" + signal, 3, "", ENDLESS);
        run.awaitSteps(7);
        run.signal(signal);
        assertThat(run.await()).as(run.said()).isEqualTo(75);
        assertThat(run.said())
                .containsOnlyOnce("asking the ranks to finish the step and save")
                .containsOnlyOnce("the same command goes on from there")
                .doesNotContain("going on from step");
        int steps = run.losses().size();
        assertThat(newestValid(run)).isEqualTo(steps);
        Terminal then =
                tiny.run("pretrain", local(run.directory(), ENDLESS, "--stop-after", Integer.toString(steps + 2)));
        assertThat(then.status()).as(then.err()).isEqualTo(75);
        assertThat(then.out()).contains("going on after step " + steps);
    }

    private static long newestValid(LaunchedRun run) throws IOException {
        try (StorageLocation place = Storages.open(run.directory().toString());
                Checkpoint newest = new CheckpointReader(place.storage(), place.location())
                        .newestValid()
                        .orElseThrow()) {
            return newest.step();
        }
    }

    @Test
    void restartsThatAreUsedUpEndTheRun() throws Exception {
        LaunchedRun run = LaunchedRun.start(tiny, "used-up", 1, "", ENDLESS);
        run.awaitSteps(7);
        run.signalRank("KILL", 1);
        run.awaitWord("start 1 of 2 failed");
        run.awaitWord("going on after step");
        run.awaitSteps(13);
        run.signalRank("KILL", 0);
        assertThat(run.await()).as(run.said()).isNotZero().isNotEqualTo(75);
        long newest = newestValid(run);
        assertThat(newest).isPositive().isEqualTo(newest / 5 * 5);
        assertThat(run.said()).containsOnlyOnce("calandra: gave up after 1 restarts; the newest step is " + newest);
    }

    @Test
    void aStartThatGetsNoFurtherIsTheLast() throws Exception {
        LaunchedRun run = LaunchedRun.start(tiny, "nowhere", 3, "", ENDLESS, "run.save_every=0");
        run.signalRank("KILL", 1);
        run.awaitWord("start 1 of 4 failed");
        run.signalRank("KILL", 1);
        assertThat(run.await()).as(run.said()).isNotZero();
        assertThat(run.said()).containsOnlyOnce("calandra: gave up: the last start got no further than step 0");
    }

    /** The data of one rank are missing: no start would find them. */
    @Test
    void aRankThatThrowsIsNamedOnceAndNotTriedAgain() throws Exception {
        String missing = folder.resolve("missing").toString();
        LaunchedRun run = LaunchedRun.start(tiny, "throws", 3, "--set data.sources.problems.path=" + missing, STEPS);
        run.awaitWord("rank 1 failed");
        long failed = System.nanoTime();
        assertThat(run.await()).as(run.said()).isEqualTo(3);
        assertThat(Duration.ofNanos(System.nanoTime() - failed)).isLessThan(SOON);
        assertThat(run.said())
                .containsOnlyOnce("rank 1 failed")
                .contains(missing)
                .doesNotContain("rank 0 failed")
                .doesNotContain("going on from step");
    }

    /** All ranks see numbers that are not finite, three times in a row: rank 0 says so, and nothing was saved. */
    @Test
    void trainingThatDivergesEndsOnceWithItsReason() throws Exception {
        LaunchedRun run = LaunchedRun.start(tiny, "diverges", 3, "", STEPS, "optimizer.learning_rate=1e30");
        assertThat(run.await()).as(run.said()).isEqualTo(5);
        assertThat(run.said())
                .containsOnlyOnce("step 3 in a row that is not finite")
                .doesNotContain("going on from step");
        assertThat(run.directory()).isDirectoryNotContaining("glob:**/step-*");
    }
}
