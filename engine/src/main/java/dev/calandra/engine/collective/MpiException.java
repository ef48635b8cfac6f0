package dev.calandra.engine.collective;

/** One of Open MPI's functions has failed, as they do when a machine or the network between two does. */
public sealed class MpiException extends RuntimeException permits MpiUnavailableException {

    private static final long serialVersionUID = 1L;

    /** @param cause null if there is none */
    public MpiException(String message, Throwable cause) {
        super(message, cause);
    }
}
