package dev.calandra.checkpoints;

import dev.calandra.configs.CheckpointException;
import dev.calandra.storage.Storage;
import dev.calandra.storage.StorageEntry;
import java.io.IOException;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.ObjLongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Finds and opens the checkpoints of a run folder without changing anything in it, so it may look at a run that is training. */
public final class CheckpointReader {
    private static final Logger LOG = LoggerFactory.getLogger(CheckpointReader.class);

    private final Storage storage;
    private final String runDirectory;

    /** @param runDirectory absolute location in that storage; it need not exist */
    public CheckpointReader(Storage storage, String runDirectory) {
        this.storage = Objects.requireNonNull(storage, "storage");
        this.runDirectory = Objects.requireNonNull(runDirectory, "runDirectory");
    }

    /** The committed steps, newest first; whether they are intact shows when they are opened. */
    public List<Long> steps() {
        return entries().stream()
                .filter(StorageEntry::folder)
                .flatMapToLong(entry -> StepName.committedStep(entry.name()).stream())
                .boxed()
                .sorted(Comparator.reverseOrder())
                .toList();
    }

    /**
     * Opens one step, for a caller who wants this step and no other.
     *
     * @throws CorruptCheckpointException naming the file that is damaged, what was expected and what is there
     * @throws CheckpointException when there is no such step, or it cannot be read
     */
    public Checkpoint open(long step) {
        String folder = folder(step);
        Checkpoint checkpoint;
        try {
            if (!storage.exists(folder)) {
                throw new CheckpointException(folder + ": there is no step " + step + "; there are " + steps());
            }
            checkpoint = Checkpoint.open(storage, folder, Verification.CHECKSUMS);
        } catch (IOException e) {
            throw unreadable(e);
        }
        if (checkpoint.step() != step) {
            checkpoint.close();
            throw new CorruptCheckpointException(folder, "holds step " + checkpoint.step() + "; it was renamed");
        }
        return checkpoint;
    }

    /**
     * Opens the newest step of which every byte is as it was saved. Damaged newer ones are logged and passed over.
     *
     * @return empty when nothing was ever saved here
     * @throws CheckpointException when there are steps and all of them are damaged, or the storage fails
     */
    public Optional<Checkpoint> newestValid() {
        return newestValid((damage, step) -> {});
    }

    /** The same, and tells of each damaged step that was passed over. */
    Optional<Checkpoint> newestValid(ObjLongConsumer<CorruptCheckpointException> onDamage) {
        for (long step : steps()) {
            try {
                return Optional.of(open(step));
            } catch (CorruptCheckpointException e) {
                LOG.error("Step {} cannot be loaded, trying the one before: {}", step, e.getMessage());
                onDamage.accept(e, step);
            }
        }
        List<String> damaged = entries().stream()
                .map(StorageEntry::name)
                .filter(name -> StepName.isQuarantined(name)
                        || StepName.committedStep(name).isPresent())
                .toList();
        if (!damaged.isEmpty()) {
            throw new CheckpointException(runDirectory + ": every checkpoint is damaged (" + String.join(", ", damaged)
                    + "); restore one from a copy, or remove them to start from the beginning");
        }
        return Optional.empty();
    }

    /**
     * What the manifest of a step says; its shards are not looked at.
     *
     * @throws CorruptCheckpointException when the manifest is not as it was saved
     * @throws CheckpointException when it cannot be read
     */
    public Manifest manifest(long step) {
        try {
            return Checkpoint.readManifest(storage, folder(step));
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    String folder(long step) {
        try {
            return storage.child(runDirectory, StepName.committed(step));
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    List<StorageEntry> entries() {
        try {
            return storage.exists(runDirectory) ? storage.list(runDirectory) : List.of();
        } catch (IOException e) {
            throw unreadable(e);
        }
    }

    private CheckpointException unreadable(IOException e) {
        return new CheckpointException(runDirectory + ": could not be read: " + e.getMessage(), e);
    }
}
