package dev.calandra.configs;

/** A loss, gradient or comparison that left the range in which training can go on. */
public final class NumericsException extends CalandraException {
    public NumericsException(String message) {
        super(ExitCode.NUMERICS, message);
    }

    public NumericsException(String message, Throwable cause) {
        super(ExitCode.NUMERICS, message, cause);
    }
}
