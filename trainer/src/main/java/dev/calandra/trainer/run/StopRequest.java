package dev.calandra.trainer.run;

/**
 * How the outside asks training to stop: set by a signal handler, looked at after each step. The step under way is
 * finished and saved.
 */
public final class StopRequest {

    private volatile String reason;

    /** @param why for the log, such as {@code SIGTERM} */
    public void request(String why) {
        reason = why;
    }

    public boolean requested() {
        return reason != null;
    }

    /** Why, or null while nobody asked. */
    public String reason() {
        return reason;
    }
}
