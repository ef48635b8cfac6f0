package dev.calandra.engine.collective;

import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What the environment says of the tasks that were started together, of which this process is one: by Open MPI or PMIx, which carry
 * ranks here, or by something else, under which each process would take itself for the only one.
 *
 * @param variables of the environment
 */
record StartedTasks(Map<String, String> variables) {

    /** Open MPI's mpirun, and whatever speaks PMIx, such as {@code srun --mpi=pmix}. */
    private static final List<String> OURS = List.of("OMPI_COMM_WORLD_SIZE", "PMIX_RANK");

    /**
     * How many tasks others have started: MPICH's and Intel MPI's process manager and PMI-2, MVAPICH, {@code srun}. {@code SLURM_NTASKS} is
     * none of them: a batch script has it too, which is one process.
     */
    private static final List<String> COUNTS = List.of("PMI_SIZE", "MV2_COMM_WORLD_SIZE", "SLURM_STEP_NUM_TASKS");

    /**
     * Whether Open MPI is to carry ranks.
     *
     * @throws MpiUnavailableException when this is one of several tasks that know nothing of each other
     */
    boolean areRanks() {
        if (!Collections.disjoint(variables.keySet(), OURS)) {
            return true;
        }
        requireTogether(1);
        return false;
    }

    /**
     * Compares with the ranks that have found each other.
     *
     * @throws MpiUnavailableException when there are more tasks
     */
    void requireTogether(int ranks) {
        for (String name : COUNTS) {
            int tasks = count(name);
            if (tasks > ranks) {
                throw new MpiUnavailableException(
                        "this is one of %d tasks (%s), but Open MPI knows of %d, and each would train alone; start them with Open MPI's mpirun, or with srun --mpi=pmix"
                                .formatted(tasks, name, ranks),
                        null);
            }
        }
    }

    private int count(String name) {
        try {
            return Integer.parseInt(Objects.requireNonNullElse(variables.get(name), "1"));
        } catch (NumberFormatException e) {
            // Whoever writes something else there means something else.
            return 1;
        }
    }
}
