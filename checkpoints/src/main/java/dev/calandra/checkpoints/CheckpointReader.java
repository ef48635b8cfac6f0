package dev.calandra.checkpoints;

import dev.calandra.configs.CheckpointException;
import dev.calandra.storage.Storage;
import dev.calandra.storage.StorageEntry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.LongConsumer;
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
        return open(step, Verification.CHECKSUMS);
    }

    /**
     * The same, checking no more than asked for: for a step of which another process has just verified every byte.
     *
     * @throws CorruptCheckpointException as {@link #open(long)}
     * @throws CheckpointException as {@link #open(long)}
     */
    public Checkpoint open(long step, Verification verification) {
        String folder = folder(step);
        Checkpoint checkpoint;
        try {
            if (!storage.exists(folder)) {
                throw new CheckpointException(folder + ": there is no step " + step + "; there are " + steps());
            }
            checkpoint = Checkpoint.open(storage, folder, verification);
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
     * Opens the newest step of which every byte is as it was saved. Newer ones that are damaged, or whose shards cannot be read on a second
     * try either, are logged and passed over.
     *
     * @return empty when nothing was ever saved here
     * @throws CheckpointException when there are steps and none can be used, or the storage fails
     */
    public Optional<Checkpoint> newestValid() {
        return newestValid(damaged -> {}, unreadable -> {});
    }

    /**
     * The same, and tells of the steps that were passed over.
     *
     * @param onDamaged told of each at once
     * @param onUnreadable told of each once an older step was found to go on from, which shows that not all of the storage is away
     */
    Optional<Checkpoint> newestValid(LongConsumer onDamaged, LongConsumer onUnreadable) {
        List<Long> unreadable = new ArrayList<>();
        Optional<UnreadableShardException> reason = Optional.empty();
        for (long step : steps()) {
            try {
                Optional<Checkpoint> newest = Optional.of(openAtSecondTry(step));
                unreadable.forEach(onUnreadable::accept);
                return newest;
            } catch (CorruptCheckpointException e) {
                LOG.error("Step {} cannot be loaded, trying the one before: {}", step, e.getMessage());
                onDamaged.accept(step);
            } catch (UnreadableShardException e) {
                LOG.error(
                        "Step {} cannot be read now, trying the one before: {}. Where the storage can be mended, do that first and resume with --step {}",
                        step,
                        e.getMessage(),
                        step);
                unreadable.add(step);
                reason = Optional.of(e);
            }
        }
        if (reason.isPresent()) {
            throw new CheckpointException(
                    runDirectory + ": no checkpoint can be read now (steps " + unreadable
                            + "); nothing was changed; mend the storage and repeat. The last: "
                            + reason.get().getMessage(),
                    reason.get());
        }
        requireNothingDamaged();
        return Optional.empty();
    }

    /** A replica may come back, or another be asked. */
    private Checkpoint openAtSecondTry(long step) {
        try {
            return open(step);
        } catch (UnreadableShardException e) {
            LOG.warn("Trying once more: {}", e.getMessage());
            return open(step);
        }
    }

    private void requireNothingDamaged() {
        List<String> damaged = entries().stream()
                .map(StorageEntry::name)
                .filter(name -> StepName.isQuarantined(name)
                        || StepName.committedStep(name).isPresent())
                .toList();
        if (!damaged.isEmpty()) {
            throw new CheckpointException(runDirectory + ": every checkpoint is damaged (" + String.join(", ", damaged)
                    + "); restore one from a copy, or remove them to start from the beginning");
        }
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
