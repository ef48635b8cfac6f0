package dev.calandra.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.configs.CheckpointException;
import dev.calandra.storage.QuotaException;
import dev.calandra.storage.StorageEntry;
import dev.calandra.storage.StorageLocation;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.security.PrivilegedExceptionAction;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.hdfs.MiniDFSCluster.DataNodeProperties;
import org.apache.hadoop.hdfs.protocol.HdfsConstants;
import org.apache.hadoop.security.UserGroupInformation;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Saves to a real cluster of which parts die, refuse or run full in the middle. Step 10 is saved before; it must outlive everything. */
@Tag("long")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HdfsFaultTest {
    /** Four blocks, so that a fault in the middle finds some written and some not. */
    private static final int BYTES = 4 * HdfsCluster.BLOCK_BYTES;

    private static final AtomicInteger RUNS = new AtomicInteger();

    private HdfsCluster hdfs;
    private String folder;
    private StorageLocation run;
    private CheckpointStore store;

    @BeforeAll
    void startCluster(@TempDir Path disk) throws IOException {
        hdfs = new HdfsCluster(disk);
        hdfs.shared("/runs");
    }

    @AfterAll
    void stopCluster() {
        hdfs.close();
    }

    @BeforeEach
    void oneStepIsSaved() throws IOException {
        folder = "/runs/run-" + RUNS.incrementAndGet();
        run = hdfs.open(folder, "60s");
        store = Samples.store(run.storage(), run.location(), 5);
        save(store, 10);
    }

    @AfterEach
    void theOldStepIsAsItWas() throws IOException {
        try (Checkpoint old = new CheckpointReader(run.storage(), run.location()).open(10)) {
            Samples.of(10).assertHeldBy(old);
        }
        run.close();
    }

    private static void save(CheckpointStore store, long step) {
        store.save(step, Samples.of(step).sources(), Samples.of(step).state());
    }

    /** A shard of four blocks; the event happens when half of it is on its way. */
    private static List<TensorSource> large(InterruptedSave.Event event) {
        return List.of(new TensorSource("w", DType.U8, List.of((long) BYTES), channel -> {
            ByteBuffer bytes = largeBytes();
            channel.write(bytes.slice(0, BYTES / 2 + 12_345));
            event.happen();
            channel.write(bytes.position(BYTES / 2 + 12_345));
        }));
    }

    private static ByteBuffer largeBytes() {
        byte[] bytes = new byte[BYTES];
        new Random(5).nextBytes(bytes);
        return ByteBuffer.wrap(bytes);
    }

    private void assertSavedLarge(long step) {
        try (Checkpoint checkpoint = store.open(step)) {
            assertThat(checkpoint.read("w").array()).isEqualTo(largeBytes().array());
        }
    }

    private void assertOnlyTheOldStepIsThere() throws IOException {
        assertThat(run.storage().list(run.location()))
                .extracting(StorageEntry::name)
                .containsExactly("LATEST", "epochs", "step-000000010");
    }

    /** With three replicas on three data nodes every one of them is in every pipeline. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2})
    void dataNodesKilledMidWriteAreReplacedInThePipeline(int killed) throws IOException {
        List<DataNodeProperties> stopped = new ArrayList<>();
        try {
            store.save(
                    20,
                    large(() -> {
                        for (int i = 0; i < killed; i++) {
                            stopped.add(hdfs.cluster().stopDataNode(0));
                        }
                    }),
                    Map.of());
            assertThat(stopped).hasSize(killed);
            assertSavedLarge(20);
        } finally {
            restart(stopped);
        }
    }

    @Test
    void withoutDataNodesTheSaveFailsAndALaterOneSucceeds() throws IOException {
        List<DataNodeProperties> stopped = new ArrayList<>();
        try {
            assertThatThrownBy(() -> store.save(
                            20,
                            large(() -> {
                                for (int i = 0; i < 3; i++) {
                                    stopped.add(hdfs.cluster().stopDataNode(0));
                                }
                            }),
                            Map.of()))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("step-000000020: could not be saved")
                    .hasMessageContaining("Earlier steps are untouched")
                    .hasMessageNotContaining("\n");
            assertOnlyTheOldStepIsThere();
        } finally {
            restart(stopped);
        }
        store.save(30, large(() -> {}), Map.of());
        assertSavedLarge(30);
    }

    private void restart(List<DataNodeProperties> stopped) throws IOException {
        for (DataNodeProperties dataNode : stopped) {
            assertThat(hdfs.cluster().restartDataNode(dataNode, true)).isTrue();
        }
        hdfs.cluster().waitActive();
    }

    @Test
    void theNameNodeRestartsMidShard() throws IOException {
        store.save(20, large(() -> hdfs.cluster().restartNameNode(true)), Map.of());

        assertSavedLarge(20);
    }

    @Test
    void theNameNodeIsAwayForSomeSeconds() throws Exception {
        try (ExecutorService operator = Executors.newSingleThreadExecutor()) {
            List<Future<?>> restarted = new ArrayList<>();
            store.save(
                    20,
                    large(() -> {
                        hdfs.cluster().shutdownNameNode(0);
                        restarted.add(operator.submit(() -> {
                            Thread.sleep(4000);
                            hdfs.cluster().restartNameNode(true);
                            return null;
                        }));
                    }),
                    Map.of());
            restarted.getFirst().get();
        }
        assertSavedLarge(20);
    }

    /** Whichever operation of a save and of the clean-up behind it meets the safe mode waits until it is over. */
    @Test
    void safeModeAtEveryOperationIsWaitedFor() throws Exception {
        int operation = 0;
        try (ExecutorService operator = Executors.newSingleThreadExecutor()) {
            for (boolean happened = true; happened; operation++) {
                List<Future<?>> left = new ArrayList<>();
                try (StorageLocation place = hdfs.open(folder + "-waits-" + operation, "6s")) {
                    InterruptedSave interrupted = new InterruptedSave(place.storage(), operation, () -> {
                        hdfs.safeMode(true);
                        left.add(operator.submit(() -> {
                            Thread.sleep(300);
                            hdfs.safeMode(false);
                            return null;
                        }));
                    });
                    twoStepsAreSaved(place);
                    // The third step removes the first.
                    save(Samples.store(interrupted.storage(), place.location(), 2), 30);
                    happened = interrupted.happened();
                    assertThat(steps(place)).containsExactly(30L, 20L);
                }
                for (Future<?> done : left) {
                    done.get();
                }
            }
        }
        assertThat(operation).as("operations of a save").isGreaterThan(15);
    }

    private static void twoStepsAreSaved(StorageLocation place) {
        CheckpointStore before = Samples.store(place.storage(), place.location(), 2);
        save(before, 10);
        save(before, 20);
    }

    private static List<Long> steps(StorageLocation place) {
        CheckpointReader reader = new CheckpointReader(place.storage(), place.location());
        for (long step : reader.steps()) {
            try (Checkpoint saved = reader.open(step)) {
                Samples.of(step).assertHeldBy(saved);
            }
        }
        return reader.steps();
    }

    /** The wait is bounded, the failure typed, and nothing that was there is lost; afterwards the run goes on saving. */
    @Test
    void safeModeThatStaysFailsTheSave() throws Exception {
        int failed = 0;
        int operation = 0;
        for (boolean happened = true; happened; operation++) {
            try (StorageLocation place = hdfs.open(folder + "-stays-" + operation, "300ms")) {
                twoStepsAreSaved(place);
                InterruptedSave interrupted =
                        new InterruptedSave(place.storage(), operation, () -> hdfs.safeMode(true));
                long start = System.nanoTime();
                try {
                    save(Samples.store(interrupted.storage(), place.location(), 2), 30);
                } catch (CheckpointException e) {
                    failed++;
                    assertThat(e).hasMessageContaining("safe mode").hasMessageContaining(place.location());
                    assertThat(steps(place)).containsExactly(20L, 10L);
                }
                assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
                hdfs.safeMode(false);
                happened = interrupted.happened();
                CheckpointStore after = Samples.store(place.storage(), place.location(), 2);
                save(after, 40);
                assertThat(steps(place)).startsWith(40L).hasSize(2);
            }
        }
        assertThat(failed).as("operations before the commit").isGreaterThan(5);
    }

    @Test
    void aSpaceQuotaFailsTheSaveWithItsNumbers() throws IOException {
        // Three replicas of two blocks; the shard has four.
        hdfs.files().setQuota(at(""), HdfsConstants.QUOTA_DONT_SET, 6L * HdfsCluster.BLOCK_BYTES);

        assertThatThrownBy(() -> store.save(20, large(() -> {}), Map.of()))
                .isInstanceOf(CheckpointException.class)
                .hasCauseInstanceOf(QuotaException.class)
                .hasMessageContaining("The DiskSpace quota of " + folder + " is exceeded")
                .hasMessageContaining(" = 6291456 B")
                .hasMessageContaining("consumed = ")
                .hasMessageContaining("-setSpaceQuota")
                .hasMessageContaining("Earlier steps are untouched")
                .hasMessageNotContaining("\n");
        assertOnlyTheOldStepIsThere();

        hdfs.files().setQuota(at(""), HdfsConstants.QUOTA_DONT_SET, HdfsConstants.QUOTA_RESET);
        store.save(20, large(() -> {}), Map.of());
        assertSavedLarge(20);
    }

    @Test
    void aNameQuotaFailsTheSave() throws IOException {
        // The folder, LATEST, epochs and the claim in it, step 10 and its two files, and one more: the staged folder,
        // but no file in it.
        hdfs.files().setQuota(at(""), 8, HdfsConstants.QUOTA_DONT_SET);

        assertThatThrownBy(() -> save(store, 20))
                .isInstanceOf(CheckpointException.class)
                .hasCauseInstanceOf(QuotaException.class)
                .hasMessageContaining("quota=8 file count=9")
                .hasMessageContaining("-setQuota");
        assertOnlyTheOldStepIsThere();
    }

    private org.apache.hadoop.fs.Path at(String below) {
        return new org.apache.hadoop.fs.Path(folder + below);
    }

    @Test
    void ofSeveralTrainersAtOnceOneGetsTheRun() throws Exception {
        Callable<Boolean> trainer = () -> {
            try {
                RunClaim.take(run.storage(), run.location() + "-claimed", RunClaim.Rival.RESPECT);
                return true;
            } catch (RunInUseException e) {
                return false;
            }
        };
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            int won = 0;
            for (Future<Boolean> claimed : threads.invokeAll(Collections.nCopies(8, trainer))) {
                won += claimed.get() ? 1 : 0;
            }
            assertThat(won).isEqualTo(1);
        }
    }

    @Test
    void aTrainerThatWasReplacedMidShardCommitsNothing() throws IOException {
        List<CheckpointStore> replacement = new ArrayList<>();

        assertThatThrownBy(() -> store.save(
                        20, large(() -> replacement.add(Samples.store(run.storage(), run.location(), 5))), Map.of()))
                .isInstanceOf(CheckpointException.class);

        assertOnlyTheOldStepIsThere();
        save(replacement.getFirst(), 20);
        try (Checkpoint saved = store.open(20)) {
            Samples.of(20).assertHeldBy(saved);
        }
    }

    @Test
    void aPoolThreadSavesAsTheUserWhoOpenedTheRun() throws Exception {
        UserGroupInformation bob = UserGroupInformation.createRemoteUser("bob");
        String place = folder + "-of-bob";
        StorageLocation his = bob.doAs((PrivilegedExceptionAction<StorageLocation>) () -> hdfs.open(place, "60s"));
        try (his;
                ExecutorService pool = Executors.newSingleThreadExecutor()) {
            pool.submit(() -> save(Samples.store(his.storage(), his.location(), 5), 10))
                    .get();
        }
        for (String below : List.of("", "/LATEST", "/epochs", "/step-000000010", "/step-000000010/manifest.json")) {
            FileStatus status = hdfs.files().getFileStatus(new org.apache.hadoop.fs.Path(place + below));
            assertThat(status.getOwner()).as(below).isEqualTo("bob");
        }
    }

    @Test
    void aRightThatIsLostFailsTheSave() throws Exception {
        UserGroupInformation bob = UserGroupInformation.createRemoteUser("bob");
        String place = folder + "-lost";
        StorageLocation his = bob.doAs((PrivilegedExceptionAction<StorageLocation>) () -> hdfs.open(place, "60s"));
        try (his) {
            CheckpointStore saving = Samples.store(his.storage(), his.location(), 5);
            save(saving, 10);
            hdfs.files().setOwner(new org.apache.hadoop.fs.Path(place), "alice", "birds");
            hdfs.files().setPermission(new org.apache.hadoop.fs.Path(place), new FsPermission((short) 0755));

            assertThatThrownBy(() -> save(saving, 20))
                    .isInstanceOf(CheckpointException.class)
                    .hasCauseInstanceOf(AccessDeniedException.class)
                    .hasMessageContaining("Permission denied: user=bob, access=WRITE")
                    .hasMessageContaining("grant the user that right")
                    .hasMessageContaining("Earlier steps are untouched");
            assertThat(steps(his)).containsExactly(10L);
        }
    }
}
