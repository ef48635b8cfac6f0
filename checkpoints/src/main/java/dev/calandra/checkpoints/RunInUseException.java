package dev.calandra.checkpoints;

import dev.calandra.configs.CalandraException;
import dev.calandra.configs.ExitCode;

/** Another trainer, which may be alive, owns the run folder. */
public final class RunInUseException extends CalandraException {
    RunInUseException(String message) {
        super(ExitCode.DATA, message);
    }
}
