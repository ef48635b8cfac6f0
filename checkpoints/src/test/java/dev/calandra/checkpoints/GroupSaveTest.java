package dev.calandra.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.configs.CheckpointException;
import dev.calandra.storage.LocalStorage;
import dev.calandra.storage.Storage;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several ranks save together: all of it is committed, or every rank hears why not. */
class GroupSaveTest {
    private static final Storage DISK = new LocalStorage();
    private static final int RANKS = 4;

    @TempDir
    Path run;

    /** What came of a save on each rank: null where it succeeded. */
    private List<Throwable> save(CheckpointStore store, long step, List<List<TensorSource>> parts) throws Exception {
        ThreadGroupOfRanks group = new ThreadGroupOfRanks(RANKS);
        List<Future<?>> ranks = new ArrayList<>();
        List<Throwable> outcomes = new ArrayList<>();
        try (ExecutorService threads = Executors.newFixedThreadPool(RANKS)) {
            for (int rank = 1; rank < RANKS; rank++) {
                GroupMember member = new GroupMember(DISK, group.rank(rank));
                List<TensorSource> part = parts.get(rank);
                ranks.add(threads.submit(() -> member.save(part)));
            }
            ranks.addFirst(threads.submit(
                    () -> store.save(step, parts.getFirst(), Samples.of(step).state(), group.rank(0))));
            for (Future<?> rank : ranks) {
                try {
                    rank.get();
                    outcomes.add(null);
                } catch (ExecutionException e) {
                    outcomes.add(e.getCause());
                }
            }
        }
        return outcomes;
    }

    private static TensorSource failing(String problem) {
        return new TensorSource("broken", DType.U8, List.of(1L), channel -> {
            throw new IOException(problem);
        });
    }

    @Test
    void whatTheRanksWroteIsOneCheckpoint() throws Exception {
        CheckpointStore store = Samples.store(DISK, run.toString(), 2);
        assertThat(save(store, 5, Samples.of(5).parts(RANKS))).containsOnlyNulls();
        try (Checkpoint checkpoint = store.newestValid().orElseThrow()) {
            assertThat(checkpoint.manifest().worldSize()).isEqualTo(RANKS);
            assertThat(checkpoint.manifest().shards()).hasSize(RANKS);
            Samples.of(5).assertHeldBy(checkpoint);
        }
    }

    @Test
    void everyRankThatFailedIsNamedOnEveryRankAndNothingIsCommitted() throws Exception {
        CheckpointStore store = Samples.store(DISK, run.toString(), 2);
        List<List<TensorSource>> parts = Samples.of(5).parts(RANKS);
        parts.set(1, List.of(failing("No space left on device")));
        parts.set(3, List.of(failing("Input/output error")));
        assertThat(save(store, 5, parts))
                .hasSize(RANKS)
                .allSatisfy(failure -> assertThat(failure)
                        .isInstanceOf(CheckpointException.class)
                        .hasMessageContaining("step 5: rank 1 could not write its shard: No space left on device")
                        .hasMessageContaining("rank 3 could not write its shard: Input/output error"));
        assertThat(store.steps()).isEmpty();
        assertThat(run.toFile().list()).containsExactly("epochs");
        assertThat(save(store, 5, Samples.of(5).parts(RANKS))).containsOnlyNulls();
    }

    @Test
    void aFailureOfRankZeroReachesTheOthersInEitherPhase() throws Exception {
        CheckpointStore store = Samples.store(DISK, run.toString(), 2);
        List<List<TensorSource>> parts = Samples.of(5).parts(RANKS);
        parts.set(0, List.of(failing("No space left on device")));
        assertThat(save(store, 5, parts))
                .allSatisfy(failure -> assertThat(failure)
                        .isInstanceOf(CheckpointException.class)
                        .hasMessageContaining("No space left on device"));
        save(store, 6, Samples.of(6).parts(RANKS));
        assertThat(save(store, 6, Samples.of(6).parts(RANKS)))
                .allSatisfy(failure -> assertThat(failure).hasMessageContaining("step 6 is already saved"));
    }

    @Test
    void aSaveThatRank0DoesNotBeginFailsOnTheOthers() throws Exception {
        ThreadGroupOfRanks group = new ThreadGroupOfRanks(2);
        try (ExecutorService other = Executors.newSingleThreadExecutor()) {
            GroupMember member = new GroupMember(DISK, group.rank(1));
            Future<?> save = other.submit(() -> member.save(List.of()));
            CheckpointStore.abandon(group.rank(0), new CheckpointException("no metrics"));
            assertThatThrownBy(save::get)
                    .hasCauseInstanceOf(CheckpointException.class)
                    .hasMessageContaining("no metrics");
        }
    }
}
