package dev.calandra.engine.collective;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Real processes under {@code mpirun}; skipped with a loud line where that is missing. */
@Tag("long")
@Timeout(120)
class MpiCommunicatorTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void processesKeepTheContractWithTheBitsOfThreads(int ranks) throws Exception {
        MpiRun run = MpiRun.of(ranks, "contract");
        List<Long> threads = LocalCommunicator.run(ranks, CommunicatorContract::check);
        assertThat(run.await()).as(run::output).isZero();
        assertThat(run.output().lines().filter(line -> line.startsWith("digest ")))
                .hasSize(ranks)
                .containsOnly("digest " + threads.getFirst());
    }

    @ParameterizedTest
    @ValueSource(strings = {"throw", "background"})
    void aRankThatThrowsEndsAllOthersAndIsNamedOnce(String where) throws Exception {
        MpiRun run = MpiRun.of(4, where);
        assertThat(run.await()).as(run::output).isEqualTo(5);
        assertThat(run.output().lines().filter(line -> line.startsWith("failed ")))
                .containsExactly("failed 2 java.lang.IllegalStateException: out of luck");
    }

    @Test
    void aRankThatIsKilledEndsAllOthers() throws Exception {
        MpiRun run = MpiRun.of(3, "wait");
        long victim = run.pidOf(1);
        ProcessHandle.of(victim).orElseThrow().destroyForcibly();
        assertThat(run.await()).as(run::output).isNotZero();
        assertThat(run.output()).contains("signal 9");
    }

    @ParameterizedTest
    @ValueSource(strings = {"wait", "compute"})
    void aRankThatHangsIsNamedByItsNeighbour(String whatTheOthersDo) throws Exception {
        MpiRun run = MpiRun.of(3, whatTheOthersDo);
        signal("STOP", run.pidOf(1));
        assertThat(run.await()).as(run::output).isNotZero();
        assertThat(run.output().lines().filter(line -> line.startsWith("failed ")))
                .singleElement()
                .asString()
                .contains("rank 1 gave no sign of life");
    }

    @Test
    void aGroupIsWaitedForHoweverLongAsHeartsBeat() throws Exception {
        MpiRun run = MpiRun.of(3, "late");
        assertThat(run.await()).as(run::output).isZero();
    }

    @Test
    void aShortPauseIsForgiven() throws Exception {
        MpiRun run = MpiRun.of(2, "wait-6");
        long paused = run.pidOf(1);
        signal("STOP", paused);
        Thread.sleep(Duration.ofSeconds(2));
        signal("CONT", paused);
        assertThat(run.await()).as(run::output).isZero();
    }

    private static void signal(String name, long pid) throws IOException, InterruptedException {
        Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start();
        assertThat(kill.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }
}
