package dev.calandra.trainer;

import dev.calandra.checkpoints.RunClaim;
import java.util.OptionalLong;
import java.util.Set;

/**
 * What a user may ask of one process of a run, beside the config.
 *
 * @param allowChange config keys, or prefixes of them, that may differ from the checkpoint's though they change the course
 *     of training
 * @param acceptDataChange resume even though a source's shards are not those of the checkpoint
 * @param stopAfter step after which this process saves and ends as if asked to stop
 * @param fromStep resume from exactly this step and set newer ones aside; empty = from the newest that is whole
 * @param rival what to do about another trainer that may work on the run
 */
public record TrainingOptions(
        Set<String> allowChange,
        boolean acceptDataChange,
        OptionalLong stopAfter,
        OptionalLong fromStep,
        RunClaim.Rival rival) {

    /** Nothing special. */
    public static final TrainingOptions NONE = new TrainingOptions(Set.of(), false, OptionalLong.empty());

    /** From the newest step, respecting other trainers. */
    public TrainingOptions(Set<String> allowChange, boolean acceptDataChange, OptionalLong stopAfter) {
        this(allowChange, acceptDataChange, stopAfter, OptionalLong.empty(), RunClaim.Rival.RESPECT);
    }

    public TrainingOptions {
        allowChange = Set.copyOf(allowChange);
    }
}
