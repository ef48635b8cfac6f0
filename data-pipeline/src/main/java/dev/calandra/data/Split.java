package dev.calandra.data;

import java.util.Locale;

/** The two parts of a tokenized corpus; a document belongs to one of them by the hash of its id, for ever. */
public enum Split {
    /** Documents to train on. */
    TRAIN,
    /** Documents held out for evaluation. */
    VALIDATION;

    /** Name of the part's folder and in its manifest. */
    public String folderName() {
        return name().toLowerCase(Locale.ROOT);
    }
}
