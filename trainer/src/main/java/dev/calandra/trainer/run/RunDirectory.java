package dev.calandra.trainer.run;

import dev.calandra.storage.FileName;
import dev.calandra.storage.OutputFile;
import dev.calandra.storage.Storage;
import dev.calandra.storage.StorageLocation;
import dev.calandra.storage.Storages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The folder of one run, locked for this process:
 *
 * <pre>
 *   config.yaml      the effective config of the latest process
 *   metrics.jsonl    a line per step and evaluation
 *   step-*           checkpoints
 *   lock             while a trainer works on it
 * </pre>
 */
public final class RunDirectory implements AutoCloseable {

    /** Name of the effective config in a run folder. */
    public static final FileName CONFIG = new FileName("config.yaml");

    private static final FileName NEXT_CONFIG = new FileName("config.yaml.next");

    private final StorageLocation place;
    private final RunLock lock;

    private RunDirectory(StorageLocation place, RunLock lock) {
        this.place = place;
        this.lock = lock;
    }

    /**
     * Creates the folder where it is missing and locks it.
     *
     * @param location local path or hdfs://
     * @throws dev.calandra.configs.CheckpointException if another trainer works on it
     */
    public static RunDirectory open(String location) throws IOException {
        StorageLocation place = Storages.open(location);
        try {
            place.storage().createFolders(place.location());
            return new RunDirectory(place, RunLock.take(place.storage(), place.location()));
        } catch (IOException | RuntimeException e) {
            place.close();
            throw e;
        }
    }

    public Storage storage() {
        return place.storage();
    }

    /** Absolute location of the folder. */
    public String location() {
        return place.location();
    }

    /** Replaces {@code config.yaml} in one step. */
    public void writeConfig(String effectiveYaml) throws IOException {
        String next = storage().child(location(), NEXT_CONFIG);
        storage().delete(next);
        try (OutputFile file = storage().createFile(next)) {
            file.write(ByteBuffer.wrap(effectiveYaml.getBytes(StandardCharsets.UTF_8)));
            file.sync();
        }
        storage().replaceFile(next, storage().child(location(), CONFIG));
        storage().syncFolder(location());
    }

    /** Opens the metrics of a run that continues from a step; see {@link MetricsLog#open}. */
    public MetricsLog metrics(long restoredStep) throws IOException {
        return MetricsLog.open(storage(), location(), restoredStep);
    }

    @Override
    public void close() throws IOException {
        try (place) {
            lock.close();
        }
    }
}
