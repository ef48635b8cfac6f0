package dev.calandra.trainer.run;

import dev.calandra.checkpoints.RunClaim;
import dev.calandra.storage.FileName;
import dev.calandra.storage.OutputFile;
import dev.calandra.storage.Storage;
import dev.calandra.storage.StorageLocation;
import dev.calandra.storage.Storages;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * The folder of one run, claimed for this process:
 *
 * <pre>
 *   config.yaml      the effective config of the latest process
 *   metrics.jsonl    a line per step and evaluation
 *   step-*           checkpoints
 *   epochs           who works on it
 * </pre>
 */
public final class RunDirectory implements AutoCloseable {

    /** Name of the effective config in a run folder. */
    public static final FileName CONFIG = new FileName("config.yaml");

    private static final FileName NEXT_CONFIG = new FileName("config.yaml.next");

    private final StorageLocation place;
    private final RunClaim claim;

    private RunDirectory(StorageLocation place, RunClaim claim) {
        this.place = place;
        this.claim = claim;
    }

    /**
     * Creates the folder where it is missing and claims it.
     *
     * @param location local path or hdfs://
     * @param rival what to do about another trainer that may work on it
     * @throws dev.calandra.checkpoints.RunInUseException if another trainer works on it and is to be respected
     */
    public static RunDirectory open(String location, RunClaim.Rival rival) throws IOException {
        StorageLocation place = Storages.open(location);
        try {
            return new RunDirectory(place, RunClaim.take(place.storage(), place.location(), rival));
        } catch (RuntimeException e) {
            place.close();
            throw e;
        }
    }

    /** The claim of this process, by which it may save. */
    public RunClaim claim() {
        return claim;
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

    /**
     * Opens the metrics of a run that continues from a step.
     *
     * @throws dev.calandra.configs.CheckpointException when there is a file but its lines do not reach that step
     */
    public MetricsLog metrics(long restoredStep) throws IOException {
        return MetricsLog.open(storage(), location(), restoredStep, claim::requireCurrent);
    }

    @Override
    public void close() throws IOException {
        try (place) {
            claim.close();
        }
    }
}
