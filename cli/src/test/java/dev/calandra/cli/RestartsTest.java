package dev.calandra.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.configs.ExitCode;
import dev.calandra.trainer.run.StopRequest;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Starts that only say how they ended, and what they had saved by then. */
class RestartsTest {

    private static final int KILLED = 137;

    private final StringWriter said = new StringWriter();
    private final StopRequest stop = new StopRequest();
    private final List<String> starts = new ArrayList<>();
    /** Where the run stood before it was launched: saved by an earlier trainer. */
    private SavedProgress progress = new SavedProgress(10, 7);

    /** A start that ends in a status, after having saved a step or none. */
    private record End(int status, long saved) {}

    private int run(int restarts, End... ends) throws Exception {
        PrintWriter err = new PrintWriter(said, true);
        return new Restarts(restarts, () -> progress, stop, err).run((first, saved) -> {
            starts.add((first ? "first" : "again") + (saved ? " after a save" : ""));
            End end = ends[starts.size() - 1];
            if (end.saved > 0) {
                progress = new SavedProgress(end.saved, progress.epoch() + 1);
            }
            return end.status;
        });
    }

    @Test
    void aRunGoesOnAsLongAsEachStartSavesAStep() throws Exception {
        assertThat(run(3, new End(KILLED, 15), new End(ExitCode.RANKS.code(), 20), new End(0, 25)))
                .isZero();
        assertThat(starts).containsExactly("first", "again after a save", "again after a save");
        assertThat(said.toString())
                .contains("start 1 of 4 failed with status 137; going on from step 15")
                .contains("start 2 of 4 failed with status 7; going on from step 20");
    }

    /** Back to step 3, from 10: the start has got further although its number is lower. */
    @Test
    void aStepThatWasSavedAfterGoingBackCounts() throws Exception {
        assertThat(run(2, new End(KILLED, 5), new End(KILLED, 8), new End(0, 10)))
                .isZero();
        assertThat(starts).hasSize(3);
    }

    @Test
    void whatTheUserAskedOnceIsAskedAgainUntilAStepIsSaved() throws Exception {
        assertThat(run(2, new End(KILLED, 0), new End(0, 15))).isZero();
        assertThat(starts).containsExactly("first", "again");
    }

    @Test
    void aSecondStartInARowThatSavesNothingIsTheLast() throws Exception {
        assertThat(run(5, new End(KILLED, 0), new End(KILLED, 0))).isEqualTo(KILLED);
        assertThat(said.toString()).contains("gave up: the last start got no further than step 10");
    }

    @Test
    void restartsAreUsedUp() throws Exception {
        assertThat(run(1, new End(KILLED, 15), new End(KILLED, 20))).isEqualTo(KILLED);
        assertThat(said.toString()).contains("gave up after 1 restarts; the newest step is 20");
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 5, 6, 75})
    void whatWouldBeTheSameAgainIsFinalHoweverFarItCame(int status) throws Exception {
        assertThat(run(3, new End(status, 15))).isEqualTo(status);
        assertThat(said.toString()).isEmpty();
    }

    @Test
    void dataThatFailUnderWayAreTriedAgainAndDataThatWereNeverThereAreNot() throws Exception {
        assertThat(run(3, new End(3, 15), new End(3, 0))).isEqualTo(3);
        assertThat(starts).hasSize(2);
    }

    @Test
    void aRequestBetweenTwoStartsIsHeard() throws Exception {
        Restarts restarts = new Restarts(
                3,
                () -> {
                    if (!starts.isEmpty()) {
                        stop.request("SIGTERM");
                    }
                    return new SavedProgress(5L * starts.size(), starts.size());
                },
                stop,
                new PrintWriter(said, true));
        int status = restarts.run((first, saved) -> {
            starts.add("start");
            return KILLED;
        });
        assertThat(status).isEqualTo(75);
        assertThat(starts).hasSize(1);
        assertThat(said.toString()).contains("stopped between two starts");
    }

    @Test
    void afterARequestNothingIsStarted() throws Exception {
        stop.request("SIGINT");
        PrintWriter err = new PrintWriter(said, true);
        assertThat(new LaunchedRanks(stop, err).run(List.of("false"), Map.of())).isEqualTo(75);
        assertThat(run(3)).isEqualTo(75);
    }
}
