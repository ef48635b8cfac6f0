package dev.calandra.laws.records;

import com.fasterxml.jackson.annotation.JsonProperty;

/** How a run ended. Only {@link #FINISHED} runs are fitted. */
public enum RunStatus {
    /** Trained all its tokens. */
    @JsonProperty("finished")
    FINISHED,
    /** Ended by the sweep because it could not become the best of its group. */
    @JsonProperty("stopped_early")
    STOPPED_EARLY,
    /** The loss or its gradient was not finite, or exploded. */
    @JsonProperty("diverged")
    DIVERGED,
    /** Could not be run: see the record's reason. */
    @JsonProperty("failed")
    FAILED
}
