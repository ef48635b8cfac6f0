package dev.calandra.checkpoints;

import dev.calandra.configs.CheckpointException;

/**
 * This process no longer owns its run: another trainer claimed a later epoch. Whatever was about to be saved is given up, and what is
 * committed already stays; nothing this process may still do to the run folder counts.
 */
public final class SupersededException extends CheckpointException {
    SupersededException(String message) {
        super(message);
    }
}
