package dev.calandra.data.quality;

import java.util.Locale;

/** The steps, in the order in which a document goes through them; the first that objects drops it. */
public enum QualityStep {
    /** Too short or too long. */
    LENGTH,
    /** Says the same again and again. */
    REPETITION,
    /** Holds text of an evaluation set. */
    CONTAMINATION,
    /** The same text as a document before it. */
    EXACT_DUPLICATE,
    /** Nearly the same text as a document before it. */
    NEAR_DUPLICATE;

    /** The name in reports. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
