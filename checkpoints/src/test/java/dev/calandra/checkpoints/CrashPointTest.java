package dev.calandra.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;

import dev.calandra.checkpoints.FaultyStorage.Fault;
import dev.calandra.checkpoints.ModelStorage.Semantics;
import dev.calandra.configs.CalandraException;
import dev.calandra.storage.Storage;
import dev.calandra.storage.StorageEntry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Fails every single operation of a process that opens a run and saves, and of one that recovers it, in every way; after each, the next
 * process loads the newest valid step bit for bit, finds no fewer valid steps than there were, has nothing half-written beside them, and can
 * go on saving. The storage is a model of a local disk or of HDFS; the protocol is the code that trains.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CrashPointTest {
    private static final Logger LOG = LoggerFactory.getLogger(CrashPointTest.class);
    private static final String RUN = "/runs/pico";

    private final ExecutorService ranks = Executors.newCachedThreadPool();
    private int states;

    /** Whether the trainer waits for its save, or changes its tensors while it is written. */
    enum Mode {
        SYNC,
        ASYNC
    }

    @AfterAll
    void report() {
        ranks.close();
        LOG.info("{} crash states visited, no violation", states);
    }

    @ParameterizedTest
    @CsvSource({"LOCAL,1,SYNC", "HDFS,1,ASYNC"})
    void everyOperationOfASaveByOneRank(Semantics semantics, int worldSize, Mode mode) throws Exception {
        everyOperationOfASave(semantics, worldSize, mode);
    }

    @Tag("long")
    @ParameterizedTest
    @CsvSource({"LOCAL,1,ASYNC", "LOCAL,4,SYNC", "LOCAL,4,ASYNC", "HDFS,1,SYNC", "HDFS,4,SYNC", "HDFS,4,ASYNC"})
    void everyOperationOfASave(Semantics semantics, int worldSize, Mode mode) throws Exception {
        ModelStorage before = new ModelStorage(semantics);
        CheckpointStore store = Samples.store(before, RUN, 2);
        save(store, before, 10, worldSize);
        save(store, before, 20, worldSize);
        int visited = 0;
        for (Fault fault : Fault.values()) {
            boolean fired = true;
            for (int k = 0; fired; k++) {
                ModelStorage disk = before.copy();
                FaultyStorage storage = new FaultyStorage(disk, k, fault);
                String place = "%s, %d ranks, %s: operation %d, %s".formatted(semantics, worldSize, mode, k, fault);
                boolean saved = attempt(storage, worldSize, mode);
                if (storage.firedInRename() && fault == Fault.THROW_AFTER) {
                    assertThat(saved)
                            .as("a commit is recognised although its reply was lost: " + place)
                            .isTrue();
                }
                assertRecovers(disk, saved ? Set.of(30L) : Set.of(20L, 30L), "", place);
                fired = storage.fired();
                assertThat(fired || saved).as(place).isTrue();
                visited++;
            }
        }
        states += visited;
        LOG.info("{} states of a save: {}, {} ranks, {}", visited, semantics, worldSize, mode);
        assertThat(visited).isGreaterThan(40 * Fault.values().length);
    }

    /** One process: claims the run, opens it, saves step 30, and goes on as the mode says. */
    private boolean attempt(FaultyStorage storage, int worldSize, Mode mode) throws Exception {
        try {
            RunClaim claim = Samples.claim(storage, RUN);
            CheckpointStore store = new CheckpointStore(storage, RUN, claim, RetentionRule.last(2));
            if (mode == Mode.SYNC) {
                save(store, storage, 30, worldSize);
                return true;
            }
            return saveBesideTraining(store, storage, worldSize);
        } catch (CalandraException e) {
            assertThat(e.getMessage()).doesNotContain("\n");
            return false;
        }
    }

    private boolean saveBesideTraining(CheckpointStore store, Storage storage, int worldSize) {
        Samples weights = Samples.of(30);
        Samples snapshot = weights.copy();
        try (BackgroundSaves saves = new BackgroundSaves(3, System::nanoTime)) {
            saves.start(30, () -> save(store, storage, snapshot, 30, worldSize));
            weights.tensors().values().forEach(bytes -> Arrays.fill(bytes, (byte) -1));
            saves.await();
            return saves.finished().getFirst().failure().isEmpty();
        }
    }

    private void save(CheckpointStore store, Storage storage, long step, int worldSize) {
        save(store, storage, Samples.of(step), step, worldSize);
    }

    private long save(CheckpointStore store, Storage storage, Samples samples, long step, int worldSize) {
        ThreadGroupOfRanks group = new ThreadGroupOfRanks(worldSize);
        List<List<TensorSource>> parts = samples.parts(worldSize);
        List<Future<?>> others = new ArrayList<>();
        for (int rank = 1; rank < worldSize; rank++) {
            GroupMember member = new GroupMember(storage, group.rank(rank));
            List<TensorSource> part = parts.get(rank);
            others.add(ranks.submit(() -> member.save(part)));
        }
        try {
            return store.save(step, parts.getFirst(), samples.state(), group.rank(0));
        } finally {
            others.forEach(CrashPointTest::settle);
        }
    }

    /** The other ranks fail when rank 0 does; what they throw says the same. */
    private static void settle(Future<?> rank) {
        try {
            rank.get();
        } catch (ExecutionException e) {
            assertThat(e.getCause()).isInstanceOf(CalandraException.class);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @ParameterizedTest
    @CsvSource({"LOCAL", "HDFS"})
    void everyOperationOfARecovery(Semantics semantics) throws Exception {
        ModelStorage before = new ModelStorage(semantics);
        CheckpointStore store = Samples.store(before, RUN, 3);
        for (long step : List.of(10L, 20L, 30L)) {
            save(store, before, step, 1);
        }
        before.damage(RUN + "/step-000000030/rank-0000-of-0001.safetensors");
        before.put(RUN + "/.tmp-step-000000040.00000001.dead/rank-0000-of-0001.safetensors", "half");
        before.put(RUN + "/.trash-step-000000001.dead/manifest.json", "half");
        int visited = 0;
        for (Fault fault : Fault.values()) {
            boolean fired = true;
            for (int k = 0; fired; k++) {
                ModelStorage disk = before.copy();
                FaultyStorage storage = new FaultyStorage(disk, k, fault);
                recover(storage);
                assertRecovers(
                        disk,
                        Set.of(20L),
                        "|step-000000030\\.bad-.+",
                        "recovery on %s: operation %d, %s".formatted(semantics, k, fault));
                fired = storage.fired();
                visited++;
            }
        }
        states += visited;
        LOG.info("{} states of a recovery: {}", visited, semantics);
        assertThat(visited).isGreaterThan(15 * Fault.values().length);
    }

    private static void recover(Storage storage) {
        try {
            Samples.store(storage, RUN, 2).newestValid().ifPresent(Checkpoint::close);
        } catch (CalandraException e) {
            assertThat(e.getMessage()).doesNotContain("\n");
        }
    }

    static void assertRecovers(ModelStorage disk, Set<Long> acceptable, String otherNames, String place)
            throws IOException {
        CheckpointStore restarted = Samples.store(disk, RUN, 2);
        try (Checkpoint newest = restarted.newestValid().orElseThrow()) {
            assertThat(newest.step()).as(place).isIn(acceptable);
            Samples.of(newest.step()).assertHeldBy(newest);
        }
        assertThat(restarted.steps()).as(place).hasSizeGreaterThanOrEqualTo(2);
        for (long step : restarted.steps()) {
            try (Checkpoint checkpoint = restarted.open(step)) {
                Samples.of(step).assertHeldBy(checkpoint);
            }
        }
        assertThat(disk.list(RUN))
                .as(place)
                .extracting(StorageEntry::name)
                .allMatch(name -> name.matches("step-\\d{9}|LATEST|epochs" + otherNames));
        restarted.save(50, Samples.of(50).sources(), Samples.of(50).state());
        try (Checkpoint newest = restarted.newestValid().orElseThrow()) {
            Samples.of(50).assertHeldBy(newest);
        }
    }
}
