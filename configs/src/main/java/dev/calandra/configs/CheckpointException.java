package dev.calandra.configs;

/** A checkpoint that is missing, damaged or belongs to another model. */
public class CheckpointException extends CalandraException {
    public CheckpointException(String message) {
        super(ExitCode.CHECKPOINT, message);
    }

    public CheckpointException(String message, Throwable cause) {
        super(ExitCode.CHECKPOINT, message, cause);
    }
}
