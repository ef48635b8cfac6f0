package dev.calandra.storage;

import java.io.IOException;

/** A remote storage that did not answer, or took no changes, for as long as one was ready to wait. Nothing is wrong with the request. */
public final class StorageUnavailableException extends IOException {
    /** @param message names the location, says why, and what to do */
    StorageUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }
}
