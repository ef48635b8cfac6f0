package dev.calandra.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.checkpoints.CheckpointStore;
import dev.calandra.checkpoints.RetentionRule;
import dev.calandra.checkpoints.RunClaim;
import dev.calandra.checkpoints.SaveGroup;
import dev.calandra.configs.CheckpointException;
import dev.calandra.configs.LoadedConfig;
import dev.calandra.engine.TensorMemory;
import dev.calandra.trainer.run.CheckpointState;
import dev.calandra.trainer.run.ConsumedData;
import dev.calandra.trainer.run.Evaluation;
import dev.calandra.trainer.run.FullDisk;
import dev.calandra.trainer.run.MetricsLog;
import dev.calandra.trainer.run.RankStore;
import dev.calandra.trainer.run.RunCheckpoints;
import dev.calandra.trainer.run.Savepoint;
import dev.calandra.trainer.run.TensorInventory;
import dev.calandra.trainer.run.TrainingState;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A checkpoint stands for the lines up to its step: while they cannot be made durable, saves fail, and the run goes on. */
class MetricsFailureTest {

    private static final int SECOND = 1_000_000_000;

    @TempDir
    private static Path parent;

    private static TinyRun tiny;

    @TempDir
    private Path folder;

    private final FullDisk disk = new FullDisk();
    private final AtomicLong clock = new AtomicLong();

    @BeforeAll
    static void corpus() throws IOException {
        tiny = new TinyRun(parent);
    }

    private interface Body {
        void run(RunCheckpoints checkpoints, MetricsLog metrics) throws IOException;
    }

    private void with(String mode, Body body) throws IOException {
        LoadedConfig config = tiny.config("model-" + mode, "run.save=" + mode, "run.save_every=0");
        try (TrainingRun model =
                        TrainingRun.open(config, TrainingOptions.NONE, TinyRun.surroundings(new ArrayList<>()));
                TensorMemory memory = new TensorMemory();
                RunClaim claim = RunClaim.take(disk, folder.toString(), RunClaim.Rival.RESPECT);
                MetricsLog metrics = MetricsLog.open(disk, folder.toString(), 0, claim::requireCurrent);
                RunCheckpoints checkpoints = new RunCheckpoints(
                        new RankStore.Committing(
                                new CheckpointStore(
                                        disk, folder.toString(), claim, new RetentionRule(2, 0, 0, Evaluation::score)),
                                SaveGroup.ALONE),
                        new TensorInventory(model.model(), model.optimizer()),
                        new CheckpointState(
                                TrainingState.START,
                                new ConsumedData(),
                                CheckpointState.keys(config),
                                config.effectiveYaml(),
                                Optional.empty(),
                                "",
                                Map.of(),
                                Map.of()),
                        memory,
                        config.config().run(),
                        clock::get)) {
            body.run(checkpoints, metrics);
        }
    }

    private static Savepoint at(long step, MetricsLog metrics) {
        metrics.append("{\"event\":\"step\",\"step\":" + step + "}");
        TrainingState state = new TrainingState(step, 0, 0, 0, 0, 0, List.of(), List.of(), List.of());
        return new Savepoint(state, new ConsumedData(), Optional.empty(), Optional.of(metrics));
    }

    private List<String> steps() throws IOException {
        try (var entries = Files.list(folder)) {
            return entries.map(entry -> entry.getFileName().toString())
                    .filter(name -> name.startsWith("step-"))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"sync", "async"})
    void aSaveWhoseLinesAreNotDurableFailsAndTheNextOneMakesUpForIt(String mode) throws IOException {
        with(mode, (checkpoints, metrics) -> {
            disk.full = true;
            checkpoints.save(() -> at(1, metrics));
            checkpoints.save(() -> at(2, metrics));
            assertThat(checkpoints.times().failures()).isEqualTo(2);
            assertThat(steps()).isEmpty();
            disk.full = false;
            checkpoints.save(() -> at(3, metrics));
            checkpoints.saveLast(at(4, metrics));
            assertThat(steps()).containsExactly("step-000000003", "step-000000004");
            assertThat(Files.readAllLines(folder.resolve("metrics.jsonl"))).hasSize(4);
        });
    }

    @Test
    void threeInARowEndTheRun() throws IOException {
        with("async", (checkpoints, metrics) -> {
            disk.full = true;
            checkpoints.save(() -> at(1, metrics));
            checkpoints.save(() -> at(2, metrics));
            assertThatThrownBy(() -> checkpoints.save(() -> at(3, metrics)))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("3 saves in a row failed")
                    .hasMessageContaining("metrics.jsonl: cannot be written");
            disk.full = false;
        });
    }

    @Test
    void theLastSaveOfAProcessHasNoLaterOneToMakeUpForIt() throws IOException {
        with("async", (checkpoints, metrics) -> {
            disk.full = true;
            assertThatThrownBy(() -> checkpoints.saveLast(at(1, metrics)))
                    .isInstanceOf(CheckpointException.class)
                    .hasMessageContaining("metrics.jsonl: cannot be written");
            assertThat(steps()).isEmpty();
            disk.full = false;
        });
    }

    @Test
    void whatIsDoneBeforeASaveCountsAsStandingStill() throws IOException {
        with("async", (checkpoints, metrics) -> {
            assertThat(checkpoints.largestStall()).isEmpty();
            for (int seconds : new int[] {7, 3}) {
                checkpoints.save(() -> {
                    clock.addAndGet((long) seconds * SECOND);
                    return at(seconds, metrics);
                });
                assertThat(checkpoints.times().stallSeconds()).hasValue(seconds);
            }
            assertThat(checkpoints.largestStall()).hasValue(7);
        });
    }
}
