package dev.calandra.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.calandra.checkpoints.RunClaim.Rival;
import dev.calandra.configs.CalandraException;
import dev.calandra.storage.LocalStorage;
import dev.calandra.storage.Storage;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RunClaimTest {
    private static final Storage DISK = new LocalStorage();
    private static final Instant NOW = Instant.parse("2026-01-01T12:00:00Z");
    private static final RunClaim.Watch WATCH = new RunClaim.Watch(InstantSource.fixed(NOW), Duration.ofMillis(1), "");

    @TempDir
    Path run;

    private RunClaim take(Rival rival) {
        return RunClaim.take(DISK, run.toString(), rival, WATCH);
    }

    private void foreignClaim(long epoch, String host, long pid, String started) throws IOException {
        foreignClaim(epoch, host, pid, started, "");
    }

    private void foreignClaim(long epoch, String host, long pid, String started, String launch) throws IOException {
        claim(epoch, new Claimant(host, pid, started, NOW.minusSeconds(3 * 3600 + 125), launch, Optional.empty()));
    }

    private void claim(long epoch, Claimant claimant) throws IOException {
        Files.createDirectories(run.resolve("epochs"));
        Files.write(run.resolve("epochs").resolve(EpochName.claim(epoch).value()), claimant.toBytes());
    }

    /** This process, but for what the kernel knows of it and, in its stead, what its start looks like by the clock. */
    private static Claimant self(long pid, UnaryOperator<KernelIdentity> kernel) throws IOException {
        Claimant self = Claimant.thisProcess(NOW, "");
        assumeThat(self.kernel()).as("what Linux says").isPresent();
        return new Claimant(
                self.host(), pid, "1999-01-01T00:00:00Z", NOW, "", self.kernel().map(kernel));
    }

    private static CheckpointStore store(RunClaim claim, Path run) {
        return new CheckpointStore(DISK, run.toString(), claim, RetentionRule.last(3));
    }

    @Test
    void epochsCountUpAndOldClaimsGo() {
        for (long epoch = 1; epoch <= 3; epoch++) {
            try (RunClaim claim = take(Rival.RESPECT)) {
                assertThat(claim.epoch()).isEqualTo(epoch);
            }
        }
        assertThat(run.resolve("epochs").toFile().list())
                .containsExactlyInAnyOrder("epoch-00000003", "epoch-00000003.released");
    }

    @Test
    void aSecondTrainerIsRefusedNamingTheFirst() throws IOException {
        foreignClaim(4, "elsewhere.example", 1234, "then");
        assertThatThrownBy(() -> take(Rival.RESPECT))
                .isInstanceOfSatisfying(
                        CalandraException.class,
                        e -> assertThat(e.exitCode().code()).isEqualTo(3))
                .hasMessageContaining(run.toString())
                .hasMessageContaining("host elsewhere.example, process 1234, since 3 h 2 min")
                .hasMessageContaining("--takeover");
        assertThat(run.resolve("epochs").toFile().list()).containsExactly("epoch-00000004");
    }

    /** The launcher knows that what it started before has ended, wherever that was. */
    @Test
    void theClaimOfAnEarlierStartOfTheSameLaunchIsPassedOverOnAnyHost() throws IOException {
        foreignClaim(4, "elsewhere.example", 1234, "then", "launch a");
        for (String launch : List.of("", "launch b")) {
            assertThatThrownBy(() -> RunClaim.take(DISK, run.toString(), Rival.RESPECT, startedBy(launch)))
                    .isInstanceOf(RunInUseException.class);
        }
        assertThat(RunClaim.take(DISK, run.toString(), Rival.RESPECT, startedBy("launch a"))
                        .epoch())
                .isEqualTo(5);
    }

    private static RunClaim.Watch startedBy(String launch) {
        return new RunClaim.Watch(WATCH.clock(), WATCH.betweenLooks(), launch);
    }

    /** As written before there were launches, or by hand. */
    @Test
    void aClaimThatNamesNoLaunchIsRead() throws IOException {
        Files.createDirectories(run.resolve("epochs"));
        Files.writeString(
                run.resolve("epochs/epoch-00000004"),
                "{\"host\":\"elsewhere.example\",\"pid\":1,\"process_started\":\"then\",\"claimed\":\"2026-01-01T11:00:00Z\"}");
        assertThatThrownBy(() -> take(Rival.RESPECT))
                .isInstanceOf(RunInUseException.class)
                .hasMessageContaining("elsewhere.example");
    }

    @Test
    void aLiveTrainerOfThisHostIsRespectedUntilItReleases() {
        RunClaim first = take(Rival.RESPECT);
        assertThatThrownBy(() -> take(Rival.RESPECT))
                .isInstanceOf(RunInUseException.class)
                .hasMessageContaining("process " + ProcessHandle.current().pid() + ", since 0 s");
        first.close();
        take(Rival.RESPECT).close();
    }

    @Test
    void theClaimOfADeadProcessOfThisHostIsPassedOver() throws IOException, InterruptedException {
        Process dead = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-version")
                .redirectErrorStream(true)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        dead.waitFor();
        foreignClaim(2, InetAddress.getLocalHost().getHostName(), dead.pid(), "then");
        assertThat(take(Rival.RESPECT).epoch()).isEqualTo(3);
    }

    @Test
    void theClaimOfAnEarlierProcessWithTheSameNumberIsPassedOver() throws IOException {
        claim(
                2,
                self(
                        ProcessHandle.current().pid(),
                        k -> new KernelIdentity(k.machine(), k.bootId(), k.pidNamespace(), k.startTicks() - 1)));
        assertThat(take(Rival.RESPECT).epoch()).isEqualTo(3);
    }

    /** The start of a process is reckoned from the clock: set back by an hour, it is another. */
    @Test
    void aLiveTrainerIsRespectedWhateverTheClockWasSetTo() throws IOException {
        claim(2, self(ProcessHandle.current().pid(), k -> k));
        assertThatThrownBy(() -> take(Rival.RESPECT)).isInstanceOf(RunInUseException.class);
        foreignClaim(
                3,
                InetAddress.getLocalHost().getHostName(),
                ProcessHandle.current().pid(),
                "1999-01-01T00:00:00Z");
        assertThatThrownBy(() -> take(Rival.RESPECT))
                .as("a claim of an earlier version")
                .isInstanceOf(RunInUseException.class);
    }

    /** Its number says nothing here: no process, or another one. */
    @Test
    void aTrainerInAnotherContainerOfTheSameHostNameIsRespected() throws IOException {
        long nobody = 1L << 40;
        claim(2, self(nobody, k -> new KernelIdentity(k.machine(), k.bootId(), "pid:[4026539999]", 5)));
        assertThatThrownBy(() -> take(Rival.RESPECT)).isInstanceOf(RunInUseException.class);
        claim(2, self(nobody, k -> new KernelIdentity(k.machine(), "another boot", "pid:[4026539999]", 5)));
        assertThatThrownBy(() -> take(Rival.RESPECT)).isInstanceOf(RunInUseException.class);
        claim(2, self(nobody, k -> k));
        assertThat(take(Rival.RESPECT).epoch()).as("in this one").isEqualTo(3);
    }

    @Test
    void anotherBootOfTheSameMachineEndsAProcessThatWasInNoContainer() {
        String initial = KernelIdentity.INITIAL_NAMESPACE;
        KernelIdentity then = new KernelIdentity("m", "boot 1", initial, 5);
        assertThat(then.endedWithItsBoot(new KernelIdentity("m", "boot 2", initial, 9)))
                .isTrue();
        assertThat(then.endedWithItsBoot(new KernelIdentity("m", "boot 1", initial, 9)))
                .isFalse();
        assertThat(then.endedWithItsBoot(new KernelIdentity("n", "boot 2", initial, 9)))
                .isFalse();
        assertThat(then.endedWithItsBoot(new KernelIdentity("m", "boot 2", "pid:[7]", 9)))
                .isFalse();
        assertThat(new KernelIdentity("", "boot 1", initial, 5)
                        .endedWithItsBoot(new KernelIdentity("", "boot 2", initial, 9)))
                .isFalse();
    }

    @Test
    void aClaimTornByACrashIsPassedOver() throws IOException {
        Files.createDirectories(run.resolve("epochs"));
        for (String torn : new String[] {"", "{\"host\":\"a\",\"pi", "{}", "{\"host\":1}", "[]", "null"}) {
            Files.writeString(run.resolve("epochs/epoch-00000007"), torn);
            try (RunClaim claim = take(Rival.RESPECT)) {
                assertThat(claim.epoch()).as("torn claim '%s'", torn).isEqualTo(8);
            }
            Files.delete(run.resolve("epochs/epoch-00000008"));
            Files.delete(run.resolve("epochs/epoch-00000008.released"));
        }
    }

    @Test
    void aTakeoverFencesTheFirstAtItsNextCommitAndNothingOfItIsSaved() throws IOException {
        CheckpointStore first = store(take(Rival.RESPECT), run);
        first.save(10, Samples.of(10).sources(), Samples.of(10).state());
        RunClaim taken = take(Rival.FENCE);
        assertThatThrownBy(() ->
                        first.save(20, Samples.of(20).sources(), Samples.of(20).state()))
                .isInstanceOf(SupersededException.class)
                .hasMessageContaining("epoch 2 was claimed by another trainer (host ")
                .hasMessageNotContaining("\n");
        CheckpointStore second = store(taken, run);
        assertThat(second.steps()).containsExactly(10L);
        second.save(20, Samples.of(21).sources(), Samples.of(21).state());
        assertThatThrownBy(() ->
                        first.save(30, Samples.of(30).sources(), Samples.of(30).state()))
                .isInstanceOf(SupersededException.class);
        Samples.of(21).assertHeldBy(second.open(20));
        assertThat(second.open(20).manifest().epoch()).isEqualTo(2);
        assertThat(run.toFile().list())
                .containsExactlyInAnyOrder("LATEST", "epochs", "step-000000010", "step-000000020");
    }

    @Test
    void aSaveThatPassedItsFenceBeforeTheTakeoverCannotCommitAfterIt() throws IOException {
        CheckpointStore first = store(take(Rival.RESPECT), run);
        StagedCheckpoint staged = first.stage(20, 1);
        staged.seal(
                List.of(staged.writeShard(0, Samples.of(20).sources())),
                Samples.of(20).state());
        first.requireCurrent(20);
        CheckpointStore second = store(take(Rival.FENCE), run);
        assertThatThrownBy(staged::rename).hasMessageContaining("could not be saved");
        assertThat(second.steps()).isEmpty();
    }

    @Test
    void aReleaseAfterATakeoverDoesNotOpenTheRunToAThird() {
        RunClaim first = take(Rival.RESPECT);
        take(Rival.FENCE);
        first.close();
        assertThatThrownBy(() -> take(Rival.RESPECT)).isInstanceOf(RunInUseException.class);
    }

    @Test
    void aSupersededTrainerMovesNoStepAside() throws IOException {
        CheckpointStore first = store(take(Rival.RESPECT), run);
        first.save(10, Samples.of(10).sources(), Samples.of(10).state());
        CheckpointStore second = store(take(Rival.FENCE), run);
        second.save(20, Samples.of(20).sources(), Samples.of(20).state());

        assertThatThrownBy(() -> first.goBackTo(10)).isInstanceOf(SupersededException.class);
        assertThat(second.steps()).containsExactly(20L, 10L);
    }

    @Test
    void aSupersededTrainerIsToldSoWhereTheOtherHasSavedItsStep() throws IOException {
        CheckpointStore first = store(take(Rival.RESPECT), run);
        CheckpointStore second = store(take(Rival.FENCE), run);
        second.save(10, Samples.of(10).sources(), Samples.of(10).state());

        assertThatThrownBy(() ->
                        first.save(10, Samples.of(11).sources(), Samples.of(11).state()))
                .isInstanceOf(SupersededException.class)
                .hasMessageContaining("superseded: epoch 2 was claimed by another trainer");
        Samples.of(10).assertHeldBy(second.open(10));
    }

    @Test
    void aClaimThatSomebodyRemovedNoLongerCommits() throws IOException {
        CheckpointStore store = store(take(Rival.RESPECT), run);
        Files.delete(run.resolve("epochs/epoch-00000001"));
        assertThatThrownBy(() ->
                        store.save(1, Samples.of(1).sources(), Samples.of(1).state()))
                .isInstanceOf(SupersededException.class)
                .hasMessageContaining("was removed");
    }

    @Test
    void ofManyClaimsAtOnceOneWins() throws Exception {
        for (int round = 0; round < 20; round++) {
            Path folder = run.resolve("round-" + round);
            try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
                Callable<Integer> claim = () -> {
                    try {
                        RunClaim.take(DISK, folder.toString(), Rival.RESPECT);
                        return 1;
                    } catch (RunInUseException e) {
                        return 0;
                    }
                };
                int winners = 0;
                for (var future : threads.invokeAll(
                        IntStream.range(0, 8).mapToObj(i -> claim).toList())) {
                    winners += future.get();
                }
                assertThat(winners).as("round %d", round).isLessThanOrEqualTo(1);
            }
            assertThatCode(() -> RunClaim.take(DISK, folder.toString(), Rival.FENCE, WATCH))
                    .doesNotThrowAnyException();
        }
    }
}
