package dev.calandra.engine.collective;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StartedTasksTest {

    @Test
    void whatOpenMpiOrPmixHasStartedAreRanks() {
        assertThat(new StartedTasks(Map.of("OMPI_COMM_WORLD_SIZE", "4")).areRanks())
                .isTrue();
        assertThat(new StartedTasks(Map.of("PMIX_RANK", "0", "SLURM_STEP_NUM_TASKS", "4")).areRanks())
                .isTrue();
    }

    @Test
    void aProcessByItselfIsNone() {
        assertThat(new StartedTasks(Map.of()).areRanks()).isFalse();
        // A batch script, and one task of a step.
        assertThat(new StartedTasks(Map.of("SLURM_NTASKS", "8", "SLURM_STEP_NUM_TASKS", "1", "PMI_SIZE", "1"))
                        .areRanks())
                .isFalse();
        assertThat(new StartedTasks(Map.of("PMI_SIZE", "many")).areRanks()).isFalse();
    }

    @ParameterizedTest
    @ValueSource(strings = {"PMI_SIZE", "MV2_COMM_WORLD_SIZE", "SLURM_STEP_NUM_TASKS"})
    void tasksThatWouldNotFindEachOtherAreRefused(String variable) {
        assertThatThrownBy(() -> new StartedTasks(Map.of(variable, "4")).areRanks())
                .isInstanceOf(MpiUnavailableException.class)
                .hasMessageContaining("one of 4 tasks (" + variable + "), but Open MPI knows of 1")
                .hasMessageContaining("srun --mpi=pmix")
                .hasMessageNotContaining("\n");
    }

    @Test
    void aWorldThatIsSmallerThanTheTasksIsRefused() {
        StartedTasks four = new StartedTasks(Map.of("PMIX_RANK", "2", "SLURM_STEP_NUM_TASKS", "4"));
        four.requireTogether(4);
        assertThatThrownBy(() -> four.requireTogether(1)).isInstanceOf(MpiUnavailableException.class);
    }
}
