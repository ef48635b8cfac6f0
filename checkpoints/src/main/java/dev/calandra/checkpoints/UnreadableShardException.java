package dev.calandra.checkpoints;

import dev.calandra.configs.CheckpointException;
import java.io.IOException;

/**
 * A shard whose folder and manifest can be read and whose bytes cannot: a bad sector, a block of which every replica is gone or away. Unlike
 * {@link CorruptCheckpointException} it says nothing about the bytes, which may be there again later.
 */
public final class UnreadableShardException extends CheckpointException {
    UnreadableShardException(String file, IOException cause) {
        super(file + ": could not be read, although its folder and manifest can: " + cause.getMessage(), cause);
    }
}
