package dev.calandra.configs;

import java.util.Objects;

/**
 * A failure that the user can act on. The message is one line (or one line per problem) that says what was wrong, where,
 * and what to do; a command prints it without a stack trace and ends with {@link #exitCode()}.
 */
public class CalandraException extends RuntimeException {
    private final ExitCode exitCode;

    public CalandraException(ExitCode exitCode, String message) {
        this(exitCode, message, null);
    }

    public CalandraException(ExitCode exitCode, String message, Throwable cause) {
        super(message, cause);
        this.exitCode = Objects.requireNonNull(exitCode, "exitCode");
    }

    /** The status with which a command should end after this failure. */
    public ExitCode exitCode() {
        return exitCode;
    }
}
