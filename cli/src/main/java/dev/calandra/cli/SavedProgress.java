package dev.calandra.cli;

import dev.calandra.checkpoints.CheckpointReader;
import dev.calandra.checkpoints.CorruptCheckpointException;
import dev.calandra.checkpoints.Manifest;
import dev.calandra.storage.StorageLocation;
import dev.calandra.storage.Storages;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * How far a run is, by the manifests in its folder; the shards, which may be many, are not read.
 *
 * @param step the newest; 0 if there is none
 * @param epoch the highest claim under which one of them was saved; 0 if there is none
 */
record SavedProgress(long step, long epoch) {

    static SavedProgress of(String directory) {
        try (StorageLocation place = Storages.open(directory)) {
            CheckpointReader reader = new CheckpointReader(place.storage(), place.location());
            SavedProgress found = new SavedProgress(0, 0);
            for (long step : reader.steps()) {
                found = found.with(reader, step);
            }
            return found;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private SavedProgress with(CheckpointReader reader, long candidate) {
        try {
            Manifest manifest = reader.manifest(candidate);
            return new SavedProgress(Math.max(step, candidate), Math.max(epoch, manifest.epoch()));
        } catch (CorruptCheckpointException e) {
            // The ranks will pass it over too, and say why.
            return this;
        }
    }

    /** Whether a process that started when that was all has saved a step since: its claim is higher than any before it. */
    boolean isBeyond(SavedProgress before) {
        return epoch > before.epoch;
    }
}
