package dev.calandra.engine.collective;

/** Open MPI is missing, or one of its functions has failed. */
public final class MpiException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** @param cause null if there is none */
    public MpiException(String message, Throwable cause) {
        super(message, cause);
    }
}
