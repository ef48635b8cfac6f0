package dev.calandra.checkpoints;

import dev.calandra.configs.CheckpointException;
import dev.calandra.storage.FileName;
import dev.calandra.storage.OutputFile;
import dev.calandra.storage.QuotaException;
import dev.calandra.storage.Storage;
import dev.calandra.storage.StorageEntry;
import dev.calandra.storage.StorageUnavailableException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The checkpoints of one run, owned by the one process that trains it. A save stages a folder under a temporary name, syncs every file and the
 * folder, and renames it: that rename is the only commit point. Before it nothing counts, after it everything is durable.
 *
 * <p>One thread saves at a time; it may be another than the one that trains, since tensors are taken from {@link TensorContent} when their
 * turn comes.
 */
public final class CheckpointStore {
    /** A step is deleted only while this many newer ones have been read back whole, whatever the config says. */
    private static final int FEWEST_KEPT = 2;

    private static final Logger LOG = LoggerFactory.getLogger(CheckpointStore.class);

    private final Storage storage;
    private final String runDirectory;
    private final CheckpointReader reader;
    private final Retention retention;

    /**
     * Takes over a run folder: creates it when it is not there, and removes what crashed saves and deletions left behind. Whoever only looks
     * uses {@link CheckpointReader}.
     *
     * @param runDirectory absolute location in that storage
     * @param keepLast steps to keep; fewer than two are kept as two
     * @throws CheckpointException when the folder cannot be written
     */
    public CheckpointStore(Storage storage, String runDirectory, int keepLast) {
        if (keepLast < 1) {
            throw new IllegalArgumentException("keepLast is " + keepLast + "; keep at least one step");
        }
        this.storage = storage;
        this.runDirectory = runDirectory;
        this.reader = new CheckpointReader(storage, runDirectory);
        this.retention = new Retention(storage, runDirectory, reader, Math.max(FEWEST_KEPT, keepLast));
        try {
            storage.createFolders(runDirectory);
            for (StorageEntry entry : storage.list(runDirectory)) {
                if (StepName.isLeftover(entry.name())) {
                    LOG.info("Removing {}, left behind by a run that was stopped", entry.name());
                    storage.delete(storage.child(runDirectory, new FileName(entry.name())));
                }
            }
        } catch (IOException e) {
            throw new CheckpointException(
                    runDirectory + ": cannot keep a run here: " + e.getMessage() + "; choose another run.directory", e);
        }
    }

    /** The committed steps, newest first. */
    public List<Long> steps() {
        return reader.steps();
    }

    /** Opens one step and no other; see {@link CheckpointReader#open}. */
    public Checkpoint open(long step) {
        return reader.open(step);
    }

    /**
     * Opens the newest step of which every byte is as it was saved, and moves damaged newer ones aside as {@code step-….bad-…}, where they
     * can be examined and are in nobody's way.
     *
     * @return empty when nothing was ever saved here
     * @throws CheckpointException when there are steps and all of them are damaged, or the storage fails
     */
    public Optional<Checkpoint> newestValid() {
        return reader.newestValid((damage, step) -> quarantine(step));
    }

    private void quarantine(long step) {
        FileName name = StepName.quarantined(step);
        try {
            storage.renameFolder(reader.folder(step), storage.child(runDirectory, name));
            storage.syncFolder(runDirectory);
            LOG.error("Step {} was moved aside to {}/{}", step, runDirectory, name);
        } catch (IOException e) {
            LOG.error("Step {} could not be moved aside: {}", step, e.getMessage());
        }
    }

    /**
     * Saves a step from this process alone and returns when it is durable.
     *
     * @param state values beside the tensors: strings, booleans, integers, finite floating-point numbers, lists and maps of these
     * @throws CheckpointException when it could not be saved; what had been staged is removed and older steps are as they were
     */
    public void save(long step, List<TensorSource> tensors, Map<String, Object> state) {
        try (StagedCheckpoint staged = stage(step, 1)) {
            requireSpace(step, tensors);
            staged.commit(List.of(staged.writeShard(0, tensors)), state);
        }
    }

    /**
     * Begins a save in which each of several ranks writes its shard; closing it without a commit removes it.
     *
     * @throws CheckpointException when the step exists already, or the storage fails
     */
    public StagedCheckpoint stage(long step, int worldSize) {
        if (step < 0 || step > StepName.MAX_STEP) {
            throw new IllegalArgumentException("step " + step + " is not within 0 to " + StepName.MAX_STEP);
        }
        try {
            if (storage.exists(reader.folder(step))) {
                throw new CheckpointException(reader.folder(step) + ": step " + step
                        + " is already saved and is never overwritten; move it away to save it again");
            }
            String saveId = UUID.randomUUID().toString();
            String folder = storage.child(runDirectory, StepName.staged(step, saveId));
            storage.createFolders(folder);
            return new StagedCheckpoint(this, storage, folder, step, worldSize, saveId);
        } catch (IOException e) {
            throw failed(step, e);
        }
    }

    private void requireSpace(long step, List<TensorSource> tensors) {
        long needed = tensors.stream().mapToLong(t -> t.part().bytes()).reduce(0, Math::addExact);
        OptionalLong free;
        try {
            free = storage.freeBytes(runDirectory);
        } catch (IOException e) {
            throw failed(step, e);
        }
        if (free.isPresent() && free.getAsLong() < needed) {
            throw new CheckpointException(reader.folder(step) + ": could not be saved: it needs " + needed
                    + " bytes and " + free.getAsLong()
                    + " are free; make room or choose another run.directory. Earlier steps are untouched");
        }
    }

    /** The message of every save that the storage refused. */
    CheckpointException failed(long step, IOException cause) {
        String remedy = switch (cause) {
            // These say themselves what to do.
            case StorageUnavailableException _, QuotaException _ -> "";
            case AccessDeniedException _ -> "; grant the user that right, or choose another run.directory";
            default -> "; make room, mend the disk, or choose another run.directory";
        };
        return new CheckpointException(
                reader.folder(step) + ": could not be saved: " + cause.getMessage() + remedy
                        + ". Earlier steps are untouched",
                cause);
    }

    /** Called with the staged folder complete and synced. */
    void commit(String staged, long step, String saveId) {
        String target = reader.folder(step);
        try {
            try {
                storage.renameFolder(staged, target);
            } catch (IOException e) {
                // The reply may be what was lost. Only the folder itself can tell.
                if (!isSave(target, saveId)) {
                    throw e;
                }
                LOG.warn("The commit of step {} was reported as failed but has happened: {}", step, e.getMessage());
            }
            storage.syncFolder(runDirectory);
        } catch (IOException e) {
            throw failed(step, e);
        }
        hint(step);
        retention.apply(step);
    }

    private boolean isSave(String folder, String saveId) throws IOException {
        return storage.exists(folder)
                && Checkpoint.readManifest(storage, folder).saveId().equals(saveId);
    }

    private void hint(long step) {
        try {
            String staged = storage.child(runDirectory, StepName.stagedLatest());
            try (OutputFile file = storage.createFile(staged)) {
                file.write(ByteBuffer.wrap((StepName.committed(step) + "\n").getBytes(StandardCharsets.US_ASCII)));
                file.sync();
            }
            storage.replaceFile(staged, storage.child(runDirectory, StepName.LATEST));
        } catch (IOException e) {
            LOG.warn(
                    "{}/{} could not be updated; nothing depends on it: {}",
                    runDirectory,
                    StepName.LATEST,
                    e.getMessage());
        }
    }
}
