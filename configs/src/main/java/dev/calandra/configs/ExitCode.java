package dev.calandra.configs;

/** Exit status of a Calandra command, so that schedulers and scripts can tell what kind of attention a failure needs. */
public enum ExitCode {
    /** The command did what it was asked. */
    OK(0),
    /** The command line or the config is wrong. */
    USAGE(2),
    /** A tokenizer, corpus or shard is missing, damaged or does not fit the config; or another trainer uses the run folder. */
    DATA(3),
    /** A checkpoint is missing, damaged or of another model. */
    CHECKPOINT(4),
    /** Training diverged, or a comparison left its tolerance. */
    NUMERICS(5),
    /** Another trainer has taken the run over; this one can save nothing any more. */
    SUPERSEDED(6),
    /** A rank was lost, or the ranks cannot reach each other; the same command may succeed. */
    RANKS(7),
    /** A bug of ours. */
    INTERNAL(70),
    /** Stopped early on request; the same command resumes. */
    STOPPED(75);

    private final int code;

    ExitCode(int code) {
        this.code = code;
    }

    /** The process exit status. */
    public int code() {
        return code;
    }
}
