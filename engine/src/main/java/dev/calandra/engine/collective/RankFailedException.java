package dev.calandra.engine.collective;

/** Another rank has failed, so that this one waits in vain. The failure itself is reported by the rank that had it. */
public final class RankFailedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int rank;

    /**
     * @param rank that failed, in the world
     * @param reason what is known of it
     * @param cause its failure where it is known here, else null
     */
    public RankFailedException(int rank, String reason, Throwable cause) {
        super("rank " + rank + " " + reason, cause);
        this.rank = rank;
    }

    /** The rank that failed. */
    public int rank() {
        return rank;
    }
}
