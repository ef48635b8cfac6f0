package dev.calandra.checkpoints;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.configs.CheckpointException;
import java.nio.file.AccessDeniedException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Steps whose shards a disk does not give out: they are no reason to stand still, and none to call them damaged. */
class UnreadableStepTest {
    private static final String SHARD = "rank-0000";

    @TempDir
    Path run;

    private final BadSectors disk = new BadSectors();

    @BeforeEach
    void threeSteps() {
        CheckpointStore store = store();
        for (long step : new long[] {10, 20, 30}) {
            store.save(step, Samples.of(step).sources(), Samples.of(step).state());
        }
    }

    private CheckpointStore store() {
        return Samples.store(disk, run.toString(), 3);
    }

    private List<String> steps() {
        return Stream.of(run.toFile().list())
                .filter(name -> name.startsWith("step-"))
                .map(name -> name.replaceFirst("(aside|bad)-.*", "$1"))
                .sorted()
                .toList();
    }

    @Test
    void theStepBeforeIsTakenAndTheUnreadableOneIsKeptAside() throws Exception {
        disk.bad.put("step-000000030/" + SHARD, Integer.MAX_VALUE);
        try (Checkpoint newest = store().newestValid().orElseThrow()) {
            assertThat(newest.step()).isEqualTo(20);
            Samples.of(20).assertHeldBy(newest);
        }
        assertThat(steps()).containsExactly("step-000000010", "step-000000020", "step-000000030.aside");
    }

    @Test
    void aReadThatSucceedsTheSecondTimeIsEnough() {
        disk.bad.put("step-000000030/" + SHARD, 1);
        try (Checkpoint newest = store().newestValid().orElseThrow()) {
            assertThat(newest.step()).isEqualTo(30);
        }
        assertThat(steps()).containsExactly("step-000000010", "step-000000020", "step-000000030");
    }

    @Test
    void whenNoneCanBeReadNothingIsMoved() {
        disk.bad.put(SHARD, Integer.MAX_VALUE);
        assertThatThrownBy(() -> store().newestValid())
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("no checkpoint can be read now (steps [30, 20, 10]); nothing was changed")
                .hasMessageContaining("Input/output error");
        assertThat(steps()).containsExactly("step-000000010", "step-000000020", "step-000000030");
    }

    @Test
    void aPinnedStepAndAManifestThatCannotBeReadRefuse() {
        disk.bad.put("step-000000030/" + SHARD, Integer.MAX_VALUE);
        assertThatThrownBy(() -> store().open(30))
                .isInstanceOf(UnreadableShardException.class)
                .hasMessageContaining("step-000000030/" + SHARD);
        disk.bad.clear();
        disk.bad.put("step-000000030/manifest.json", Integer.MAX_VALUE);
        assertThatThrownBy(() -> store().newestValid())
                .isExactlyInstanceOf(CheckpointException.class)
                .hasMessageContaining("Input/output error");
    }

    @Test
    void aMissingRightIsForTheUserToMend() {
        disk.bad.put("step-000000030/" + SHARD, Integer.MAX_VALUE);
        disk.failure = new AccessDeniedException("step-000000030/" + SHARD);
        assertThatThrownBy(() -> store().newestValid()).isExactlyInstanceOf(CheckpointException.class);
        assertThat(steps()).hasSize(3).allMatch(name -> !name.contains("aside"));
    }

    @Test
    void whatWasVerifiedToResumeFromIsNotReadAgain() {
        CheckpointStore store = Samples.store(disk, run.toString(), 2);
        store.newestValid().orElseThrow().close();
        disk.bytesRead();
        store.save(40, Samples.of(40).sources(), Samples.of(40).state());
        long withOneKnown = disk.bytesRead();
        store.save(50, Samples.of(50).sources(), Samples.of(50).state());
        assertThat(withOneKnown).as("step 40 alone, as step 50 alone").isLessThan(disk.bytesRead() * 3 / 2);
    }

    @Test
    void headersAloneAreReadWhereAnotherHasVerified() {
        CheckpointReader reader = new CheckpointReader(disk, run.toString());
        disk.bytesRead();
        reader.open(30, Verification.HEADERS).close();
        long headers = disk.bytesRead();
        reader.open(30).close();
        assertThat(disk.bytesRead() - headers)
                .isEqualTo(run.resolve("step-000000030/rank-0000-of-0001.safetensors")
                        .toFile()
                        .length());
    }
}
