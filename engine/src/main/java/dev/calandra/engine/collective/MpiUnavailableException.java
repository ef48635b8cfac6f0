package dev.calandra.engine.collective;

/** Ranks cannot be had here: Open MPI is missing, or is not what started this process. Another try would find the same. */
public final class MpiUnavailableException extends MpiException {

    private static final long serialVersionUID = 1L;

    /** @param cause null if there is none */
    public MpiUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
