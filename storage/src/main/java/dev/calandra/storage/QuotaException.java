package dev.calandra.storage;

import java.io.IOException;

/** A quota on a folder does not allow what was to be written. */
public final class QuotaException extends IOException {
    /** @param message names folder, quota and need, and what to do */
    QuotaException(String message, Throwable cause) {
        super(message, cause);
    }
}
