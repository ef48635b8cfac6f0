package dev.calandra.storage;

import java.io.IOException;

/**
 * A storage and an absolute location in it: what a path or URI written by a user stands for.
 *
 * @param storage the backend, to be closed by whoever opened the location
 * @param location the absolute location in that backend
 */
public record StorageLocation(Storage storage, String location) implements AutoCloseable {
    @Override
    public void close() throws IOException {
        storage.close();
    }

    @Override
    public String toString() {
        return location;
    }
}
