package dev.calandra.engine.collective;

import java.util.Locale;

/** What ranks do together. */
public enum Collective {
    ALL_REDUCE,
    REDUCE_SCATTER,
    ALL_GATHER,
    ALL_TO_ALL,
    BROADCAST,
    BARRIER,
    SPLIT,
    /** Waiting for the end of what was started in the background. */
    AWAIT;

    /** As it stands in reports: {@code all_to_all}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
