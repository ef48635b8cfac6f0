package dev.calandra.trainer.exchange;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.checkpoints.CheckpointStore;
import dev.calandra.checkpoints.RetentionRule;
import dev.calandra.checkpoints.RunClaim;
import dev.calandra.configs.CheckpointException;
import dev.calandra.storage.StorageLocation;
import dev.calandra.storage.Storages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointMergeTest {

    @TempDir
    private Path folder;

    private StorageLocation run;
    private RunClaim claim;
    private CheckpointStore store;

    @BeforeEach
    void open() throws IOException {
        run = Storages.open(folder.toString());
        claim = RunClaim.take(run.storage(), run.location(), RunClaim.Rival.RESPECT);
        store = new CheckpointStore(run.storage(), run.location(), claim, RetentionRule.last(9));
    }

    @AfterEach
    void close() throws IOException {
        claim.close();
        run.close();
    }

    private void save(long step, Map<String, Object> evaluation) {
        store.save(step, List.of(), Map.of("training", Map.of("step", step), "evaluation", evaluation));
    }

    private void save(long step, long evaluated, double mean) {
        save(step, Map.of("step", evaluated, "bits_per_byte", Map.of("a", mean), "mean_bits_per_byte", mean));
    }

    @Test
    void theBestStepsAreThoseWhoseManifestsCarryTheFewestBitsPerByte() {
        save(10, 10, 3.0);
        save(20, 20, 1.25);
        save(30, 30, 2.25);
        save(40, 30, 0.5);

        assertThat(CheckpointMerge.best(run, 1)).containsExactly(20L);
        assertThat(CheckpointMerge.best(run, 2)).containsExactly(20L, 30L);
        assertThat(CheckpointMerge.best(run, 3)).containsExactly(10L, 20L, 30L);
    }

    @Test
    void ofTwoThatAreAlikeTheNewerOneIsTaken() {
        save(10, 10, 2.0);
        save(20, 20, 2.0);

        assertThat(CheckpointMerge.best(run, 1)).containsExactly(20L);
    }

    /** An evaluation from before the last steps says nothing about the weights of a checkpoint. */
    @Test
    void whichStepsWereEvaluatedIsSaidWhenTheyAreTooFew() {
        save(10, 10, 3.0);
        save(20, 10, 3.0);

        assertThatThrownBy(() -> CheckpointMerge.best(run, 2))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("of its checkpoints [20, 10], [10] carry an evaluation of their weights, and 2")
                .hasMessageContaining("let run.evaluate_every divide run.save_every");
    }

    @Test
    void aRunThatWasNeverEvaluatedHasNoBestSteps() {
        store.save(10, List.of(), Map.of("training", Map.of("step", 10L)));

        assertThatThrownBy(() -> CheckpointMerge.best(run, 1))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("none carry an evaluation");
    }

    @Test
    void aDamagedManifestIsNamed() throws IOException {
        save(10, 10, 3.0);
        save(20, 20, 2.0);
        Path manifest = folder.resolve("step-000000020").resolve("manifest.json");
        Files.writeString(manifest, Files.readString(manifest).replace("2.0", "1.0"));

        assertThatThrownBy(() -> CheckpointMerge.best(run, 1))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("step-000000020");
    }
}
