package dev.calandra.trainer;

import java.util.OptionalLong;
import java.util.Set;

/**
 * What a user may ask of one process of a run, beside the config.
 *
 * @param allowChange config keys, or prefixes of them, that may differ from the checkpoint's though they change the course
 *     of training
 * @param acceptDataChange resume even though a source's shards are not those of the checkpoint
 * @param stopAfter step after which this process saves and ends as if asked to stop
 */
public record TrainingOptions(Set<String> allowChange, boolean acceptDataChange, OptionalLong stopAfter) {

    /** Nothing special. */
    public static final TrainingOptions NONE = new TrainingOptions(Set.of(), false, OptionalLong.empty());

    public TrainingOptions {
        allowChange = Set.copyOf(allowChange);
    }
}
