package dev.calandra.trainer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.calandra.checkpoints.Checkpoint;
import dev.calandra.checkpoints.CheckpointReader;
import dev.calandra.configs.CheckpointException;
import dev.calandra.configs.ExitCode;
import dev.calandra.storage.StorageLocation;
import dev.calandra.storage.Storages;
import dev.calandra.trainer.run.CheckpointState;
import dev.calandra.trainer.run.ConsumedData.Amount;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A mixture that is edited while a run is on its way. */
class MixtureEditTest {

    @TempDir
    private Path folder;

    private TinyRun tiny;

    @BeforeEach
    void tokenize() throws IOException {
        tiny = new TinyRun(folder);
    }

    private static TrainingOptions stopAfter(long step, String... allowed) {
        return new TrainingOptions(Set.of(allowed), false, OptionalLong.of(step));
    }

    private CheckpointState state(String run) throws IOException {
        try (StorageLocation place = Storages.open(tiny.directory(run).toString());
                Checkpoint checkpoint = new CheckpointReader(place.storage(), place.location())
                        .newestValid()
                        .orElseThrow()) {
            return CheckpointState.fromMap(checkpoint.state());
        }
    }

    @Test
    void theCheckpointCountsWhatEachSourceGave() throws IOException {
        tiny.train("counted", stopAfter(5));
        Map<String, Amount> consumed = state("counted").data().bySource();
        assertThat(consumed).containsOnlyKeys("prose", "sums");
        assertThat(consumed.values().stream().mapToLong(Amount::sequences).sum())
                .isEqualTo(20);
        assertThat(consumed.get("sums").tokens())
                .isEqualTo(24 * consumed.get("sums").sequences());
    }

    @Test
    void anEditIsRefusedUntilItIsAllowedAndThenHoldsFromThereOn() throws IOException {
        String[] edit = {"data.mixture=[{at: 0, reasoning: 1.0}]"};
        tiny.train("edited", stopAfter(7));
        Amount before = state("edited").data().bySource().get("prose");
        assertThatThrownBy(() -> tiny.train("edited", stopAfter(9), edit))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("data.mixture");
        assertThat(tiny.train("edited", stopAfter(9, "data.mixture"), edit)).isEqualTo(ExitCode.STOPPED);
        assertThat(tiny.train("edited", stopAfter(11), edit)).isEqualTo(ExitCode.STOPPED);
        Map<String, Amount> after = state("edited").data().bySource();
        assertThat(after.get("prose")).isEqualTo(before);
        assertThat(after.get("sums").sequences()).isEqualTo(11 * 4 - before.sequences());
    }

    @Test
    void anEditedRunThatIsResumedIsTheEditedRunThatWasNot() throws IOException {
        String[] edit = {"data.mixture=[{at: 0, reasoning: 0.2}]"};
        for (String run : new String[] {"straight", "stopped"}) {
            tiny.train(run, stopAfter(7));
            tiny.train(run, stopAfter(run.equals("straight") ? 14 : 10, "data.mixture"), edit);
        }
        tiny.train("stopped", stopAfter(14), edit);
        assertThat(tiny.metrics("stopped")).isEqualTo(tiny.metrics("straight")).hasSize(14);
        assertThat(tiny.tensors("stopped")).isEqualTo(tiny.tensors("straight"));
    }

    @Test
    void sequencesMayBecomeLonger() throws IOException {
        tiny.train("longer", stopAfter(4));
        String[] edit = {"data.sequence_length=48", "data.packing=best_fit"};
        assertThat(tiny.train("longer", stopAfter(8, "data.sequence_length", "data.packing"), edit))
                .isEqualTo(ExitCode.STOPPED);
        long sequences = state("longer").data().bySource().values().stream()
                .mapToLong(Amount::sequences)
                .sum();
        assertThat(sequences).isEqualTo(32);
    }
}
