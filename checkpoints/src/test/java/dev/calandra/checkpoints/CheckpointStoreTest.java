package dev.calandra.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.configs.CheckpointException;
import dev.calandra.configs.ExitCode;
import dev.calandra.storage.LocalStorage;
import dev.calandra.storage.Storage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointStoreTest {
    private static final Storage DISK = new LocalStorage();
    private static final String SHARD = "rank-0000-of-0001.safetensors";

    @TempDir
    Path folder;

    private CheckpointStore store(int keepLast) {
        return Samples.store(DISK, run().toString(), keepLast);
    }

    private Path run() {
        return folder.resolve("runs/pico");
    }

    private static void save(CheckpointStore store, long... steps) {
        for (long step : steps) {
            store.save(step, Samples.of(step).sources(), Samples.of(step).state());
        }
    }

    private void damage(long step) throws IOException {
        Path file = run().resolve(String.format("step-%09d", step)).resolve(SHARD);
        byte[] bytes = Files.readAllBytes(file);
        bytes[bytes.length / 2] ^= 0x10;
        Files.write(file, bytes);
    }

    private List<String> names() throws IOException {
        try (Stream<Path> entries = Files.list(run())) {
            return entries.map(path -> path.getFileName().toString())
                    .filter(name -> !name.equals("epochs"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void anEmptyRunHasNothing() {
        assertThat(store(3).newestValid()).isEmpty();
        assertThat(store(3).steps()).isEmpty();
    }

    @Test
    void savesAndLoads() throws IOException {
        save(store(3), 0, 123);

        try (Checkpoint newest = store(3).newestValid().orElseThrow()) {
            assertThat(newest.step()).isEqualTo(123);
            assertThat(newest.manifest().worldSize()).isEqualTo(1);
            Samples.of(123).assertHeldBy(newest);
        }
        assertThat(names()).containsExactly("LATEST", "step-000000000", "step-000000123");
        assertThat(run().resolve("LATEST")).hasContent("step-000000123");
    }

    @Test
    void aStepIsNeverSavedTwice() throws IOException {
        save(store(3), 5);

        assertThatThrownBy(() -> store(3).save(5, List.of(), Map.of()))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("step-000000005: step 5 is already saved");
        Samples.of(5).assertHeldBy(store(3).open(5));
        assertThat(names()).containsExactly("LATEST", "step-000000005");
    }

    @Test
    void ofTwoSavesOfOneStepTheSecondToCommitIsRefused() throws IOException {
        CheckpointStore store = store(3);
        try (StagedCheckpoint first = store.stage(5, 1);
                StagedCheckpoint second = store.stage(5, 1)) {
            ShardReport firstReport = first.writeShard(0, Samples.of(1).sources());
            ShardReport secondReport = second.writeShard(0, Samples.of(2).sources());
            second.commit(List.of(secondReport), Samples.of(2).state());
            assertThatThrownBy(() ->
                            first.commit(List.of(firstReport), Samples.of(1).state()))
                    .isInstanceOf(CheckpointException.class);
        }
        Samples.of(2).assertHeldBy(store.open(5));
        assertThat(names()).containsExactly("LATEST", "step-000000005");
    }

    @Test
    void keepsTheLast() {
        CheckpointStore store = store(3);
        save(store, 1, 2, 3, 4, 5);

        assertThat(store.steps()).containsExactly(5L, 4L, 3L);
    }

    @Test
    void neverKeepsFewerThanTwo() {
        CheckpointStore store = store(1);
        save(store, 1, 2, 3);

        assertThat(store.steps()).containsExactly(3L, 2L);
    }

    private CheckpointStore store(RetentionRule rule) {
        return new CheckpointStore(DISK, run().toString(), Samples.claim(DISK, run().toString()), rule);
    }

    @Test
    void keepsMilestonesBesideTheLast() {
        CheckpointStore store = store(new RetentionRule(2, 4, 0, state -> OptionalDouble.empty()));
        save(store, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);

        assertThat(store.steps()).containsExactly(11L, 10L, 8L, 4L);
    }

    @Test
    void keepsTheBestBesideTheLast() {
        Map<Long, Double> scores = Map.of(1L, 3.0, 2L, 1.0, 3L, 2.0, 5L, 1.0, 6L, 9.0);
        RetentionRule rule = new RetentionRule(2, 0, 2, state -> {
            Double score = scores.get(state.get("optimizer_step"));
            return score == null ? OptionalDouble.empty() : OptionalDouble.of(score);
        });
        save(store(rule), 1, 2, 3, 4, 5);
        assertThat(store(rule).steps()).containsExactly(5L, 4L, 2L);
        CheckpointStore restarted = store(rule);
        save(restarted, 6, 7, 8);

        assertThat(restarted.steps()).as("of equally good ones the newer first").containsExactly(8L, 7L, 5L, 2L);
    }

    @Test
    void aRunGoneBackToAnEarlierStepSavesTheLaterOnesAnew() throws IOException {
        CheckpointStore store = store(5);
        save(store, 10, 20, 30);
        store.goBackTo(10);

        assertThat(store.steps()).containsExactly(10L);
        assertThat(names()).filteredOn(name -> name.contains(".aside-")).hasSize(2);
        store.save(20, Samples.of(21).sources(), Samples.of(21).state());
        try (Checkpoint newest = store(5).newestValid().orElseThrow()) {
            Samples.of(21).assertHeldBy(newest);
        }
    }

    @Test
    void aRunTakenUpFromAnEarlierStepKeepsWhatItSaves() {
        CheckpointStore store = store(2);
        save(store, 10, 30, 40);
        save(store, 31);
        assertThat(store.steps()).containsExactly(40L, 31L, 30L);

        save(store, 32);
        assertThat(store.steps()).containsExactly(40L, 32L, 31L);
    }

    @Test
    void aDamagedStepDoesNotCountAsKept() throws IOException {
        save(store(2), 1, 2);
        damage(2);
        save(store(2), 3);

        assertThat(store(2).steps()).containsExactly(3L, 2L, 1L);
        damage(3);
        try (Checkpoint newest = store(2).newestValid().orElseThrow()) {
            assertThat(newest.step()).isEqualTo(1);
        }
    }

    @Test
    void aDamagedStepIsMovedAsideAndTheOneBeforeLoads() throws IOException {
        save(store(3), 10, 20);
        damage(20);

        try (Checkpoint newest = store(3).newestValid().orElseThrow()) {
            assertThat(newest.step()).isEqualTo(10);
            Samples.of(10).assertHeldBy(newest);
        }
        assertThat(store(3).steps()).containsExactly(10L);
        assertThat(names())
                .filteredOn(name -> name.startsWith("step-000000020.bad-"))
                .hasSize(1);
        save(store(3), 20);
        assertThat(store(3).steps()).containsExactly(20L, 10L);
    }

    @Test
    void aReaderLeavesADamagedStepWhereItIs() throws IOException {
        save(store(3), 10, 20);
        damage(20);

        try (Checkpoint newest =
                new CheckpointReader(DISK, run().toString()).newestValid().orElseThrow()) {
            assertThat(newest.step()).isEqualTo(10);
        }
        assertThat(store(3).steps()).containsExactly(20L, 10L);
    }

    @Test
    void aPinnedStepRefusesInsteadOfFallingBack() throws IOException {
        save(store(3), 10, 20);
        damage(20);

        assertThatThrownBy(() -> store(3).open(20))
                .isInstanceOfSatisfying(CorruptCheckpointException.class, e -> {
                    assertThat(e.exitCode()).isEqualTo(ExitCode.CHECKPOINT);
                    assertThat(e.file()).endsWith("step-000000020/" + SHARD);
                })
                .hasMessageMatching(".*has the CRC32C [0-9a-f]{8}; the manifest says [0-9a-f]{8}.*");
        assertThatThrownBy(() -> store(3).open(15))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("there is no step 15; there are [20, 10]");
        assertThat(store(3).steps()).containsExactly(20L, 10L);
    }

    @Test
    void aRunThatLostEveryStepDoesNotSilentlyStartAgain() throws IOException {
        save(store(3), 10, 20);
        damage(10);
        damage(20);

        for (int attempt = 0; attempt < 2; attempt++) {
            assertThatThrownBy(() -> store(3).newestValid())
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("every checkpoint is damaged")
                    .hasMessageContaining("step-000000010");
        }
    }

    @Test
    void aRenamedFolderIsNotTheStepItClaims() throws IOException {
        save(store(3), 10);
        Files.move(run().resolve("step-000000010"), run().resolve("step-000000011"));

        assertThatThrownBy(() -> store(3).open(11))
                .isInstanceOf(CorruptCheckpointException.class)
                .hasMessageContaining("holds step 10");
    }

    @Test
    void otherNamesAreNotSteps() throws IOException {
        save(store(3), 10);
        for (String name : List.of("step-11", "step-0000000012", "xstep-000000013", "step-000000014.bad-1", "notes")) {
            Files.createDirectories(run().resolve(name));
        }
        Files.createFile(run().resolve("step-000000015"));

        assertThat(store(3).steps()).containsExactly(10L);
        assertThat(names()).contains("notes", "step-11");
    }

    @Test
    void leftoversOfEarlierEpochsAreRemovedWhenTheRunIsOpenedAgain() throws IOException {
        save(store(3), 10);
        Files.createDirectories(run().resolve(".tmp-step-000000011.00000001.abc/x"));
        Files.createDirectories(run().resolve(".trash-step-000000001.abc"));
        Files.createFile(run().resolve(".tmp-LATEST.00000000.abc"));
        Files.createDirectories(run().resolve(".tmp-step-000000011.00000099.later"));
        Files.createDirectories(run().resolve(".tmp-mine"));

        store(3);

        assertThat(names())
                .containsExactly(".tmp-mine", ".tmp-step-000000011.00000099.later", "LATEST", "step-000000010");
    }

    @Test
    void aContentThatFailsLeavesNothingBehind() throws IOException {
        CheckpointStore store = store(3);
        save(store, 10);
        List<TensorSource> failing = List.of(
                TensorSource.ofFloats("a", List.of(1L), 1), new TensorSource("b", DType.F32, List.of(1L), channel -> {
                    throw new IOException("No space left on device");
                }));

        assertThatThrownBy(() -> store.save(20, failing, Map.of()))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("step-000000020: could not be saved: No space left on device; make room")
                .hasMessageContaining("Earlier steps are untouched");
        assertThat(names()).containsExactly("LATEST", "step-000000010");
    }

    @Test
    void aSaveThatCannotFitIsRefusedBeforeItWritesData() throws IOException {
        List<TensorSource> huge = List.of(new TensorSource("a", DType.U8, List.of(1L << 60), channel -> {}));

        assertThatThrownBy(() -> store(3).save(1, huge, Map.of()))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("it needs " + (1L << 60) + " bytes");
        assertThat(names()).isEmpty();
    }

    @Test
    void aFolderThatCannotBeWrittenIsNamed() throws IOException {
        Files.createDirectories(run().getParent());
        Files.createFile(run());

        assertThatThrownBy(() -> store(3))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining(run().toString())
                .hasMessageContaining("choose another run.directory");
    }

    /** Whatever a model of a disk does with the k-th operation of a save, the message says of the step what is true of it. */
    @Test
    void aFailureAfterTheCommitDoesNotSayThatTheStepIsNotThere() {
        int after = 0;
        int suppressed = 0;
        for (FaultyStorage.Fault fault : List.of(FaultyStorage.Fault.THROW_BEFORE, FaultyStorage.Fault.KILLED_BEFORE)) {
            for (int operation = 0; operation < 200; operation++) {
                ModelStorage disk = new ModelStorage(ModelStorage.Semantics.LOCAL);
                CheckpointStore healthy = Samples.store(disk, "/run", 3);
                save(healthy, 1);
                FaultyStorage faulty = new FaultyStorage(disk, operation, fault);
                RunClaim claim = Samples.claim(disk, "/run");
                try {
                    CheckpointStore store = new CheckpointStore(faulty, "/run", claim, RetentionRule.last(3));
                    save(store, 2);
                } catch (CheckpointException e) {
                    boolean there = new CheckpointReader(disk, "/run").steps().contains(2L);
                    if (there) {
                        assertThat(e).hasMessageNotContaining("could not be saved");
                        after += e.getMessage().contains("is there, but a loss of power") ? 1 : 0;
                    }
                    suppressed += faulty.firedInRename() && e.getCause().getSuppressed().length > 0 ? 1 : 0;
                }
            }
        }
        assertThat(after).as("failed syncs after the rename").isPositive();
        assertThat(suppressed)
                .as("renames after which nothing could be looked at")
                .isPositive();
    }
}
