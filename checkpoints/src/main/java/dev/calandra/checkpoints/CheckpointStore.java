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
import java.util.ArrayList;
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
    /** The highest step that a folder's name can say. */
    public static final long MAX_STEP = StepName.MAX_STEP;

    private static final Logger LOG = LoggerFactory.getLogger(CheckpointStore.class);

    private final Storage storage;
    private final String runDirectory;
    private final RunClaim claim;
    private final CheckpointReader reader;
    private final Retention retention;

    /**
     * Takes over a run folder: moves what earlier epochs were writing out of their reach, so that none of it can be committed any more, and
     * removes what crashed saves and deletions left behind. Whoever only looks uses {@link CheckpointReader}.
     *
     * @param runDirectory absolute location in that storage
     * @param claim to that folder; stays the caller's
     * @param rule which steps to keep
     * @throws CheckpointException when the folder cannot be written
     */
    public CheckpointStore(Storage storage, String runDirectory, RunClaim claim, RetentionRule rule) {
        this.storage = storage;
        this.runDirectory = runDirectory;
        this.claim = claim;
        this.reader = new CheckpointReader(storage, runDirectory);
        this.retention = new Retention(storage, runDirectory, claim, reader, rule);
        try {
            reclaim();
        } catch (IOException e) {
            throw new CheckpointException(
                    runDirectory + ": cannot keep a run here: " + e.getMessage() + "; choose another run.directory", e);
        }
    }

    /**
     * A save of an earlier epoch may have passed its look at the epochs before ours was claimed. It can then still rename its folder, or find
     * that we renamed it first: one of the two happens, and either way the steps that are listed from now on are final.
     */
    private void reclaim() throws IOException {
        List<String> removable = new ArrayList<>();
        for (StorageEntry entry : storage.list(runDirectory)) {
            if (StepName.isTrash(entry.name())) {
                removable.add(storage.child(runDirectory, new FileName(entry.name())));
            } else if (StepName.stagedEpoch(entry.name()).orElse(claim.epoch()) < claim.epoch()) {
                LOG.info("Removing {}, left behind by a trainer that was stopped", entry.name());
                outOfReach(entry).ifPresent(removable::add);
            }
        }
        for (String location : removable) {
            try {
                storage.delete(location);
            } catch (IOException e) {
                LOG.warn("{} could not be removed; the next trainer of this run will: {}", location, e.getMessage());
            }
        }
    }

    /** Where an entry of an earlier epoch is now; empty when its owner committed or removed it in the meantime. */
    private Optional<String> outOfReach(StorageEntry entry) throws IOException {
        String location = storage.child(runDirectory, new FileName(entry.name()));
        if (!entry.folder()) {
            return Optional.of(location);
        }
        String trash = storage.child(runDirectory, StepName.trash());
        try {
            storage.renameFolder(location, trash);
        } catch (IOException e) {
            if (storage.exists(location)) {
                throw e;
            }
            return storage.exists(trash) ? Optional.of(trash) : Optional.empty();
        }
        return Optional.of(trash);
    }

    /** The fencing token of every save. */
    long epoch() {
        return claim.epoch();
    }

    /** The committed steps, newest first. */
    public List<Long> steps() {
        return reader.steps();
    }

    /** Opens one step and no other; see {@link CheckpointReader#open}. */
    public Checkpoint open(long step) {
        Checkpoint checkpoint = reader.open(step);
        retention.wasReadBack(step);
        return checkpoint;
    }

    /**
     * Opens the newest step of which every byte is as it was saved. Damaged newer ones are moved aside as {@code step-….bad-…}, where they
     * can be examined and are in nobody's way. Newer ones whose shards cannot be read, though an older step can, are moved aside as
     * {@code step-….aside-…}: the run goes on without them, and they may be whole.
     *
     * @return empty when nothing was ever saved here
     * @throws CheckpointException when there are steps and none can be used, or the storage fails
     */
    public Optional<Checkpoint> newestValid() {
        Optional<Checkpoint> newest = reader.newestValid(
                damaged -> moveAside(damaged, StepName.quarantined(damaged), "it is damaged"),
                unreadable -> moveAside(
                        unreadable,
                        StepName.aside(unreadable),
                        "it may be whole: once it can be read, stop the run, give it its name back and resume with --step "
                                + unreadable));
        newest.ifPresent(checkpoint -> retention.wasReadBack(checkpoint.step()));
        return newest;
    }

    /**
     * Moves every step after one aside, newest first, as {@code step-….aside-…}: the run goes on from there on another course, and its later
     * saves must not meet the old ones. Nothing is deleted.
     *
     * @throws CheckpointException when the storage refuses
     */
    public void goBackTo(long step) {
        try {
            claim.requireCurrent();
            for (long later : reader.steps()) {
                if (later > step) {
                    FileName name = StepName.aside(later);
                    storage.renameFolder(reader.folder(later), storage.child(runDirectory, name));
                    LOG.warn(
                            "Step {} was moved aside to {}/{}: the run goes on from step {}",
                            later,
                            runDirectory,
                            name,
                            step);
                }
            }
            storage.syncFolder(runDirectory);
        } catch (IOException e) {
            throw new CheckpointException(
                    runDirectory + ": cannot go back to step " + step + ": " + e.getMessage()
                            + "; mend the disk and repeat",
                    e);
        }
    }

    private void moveAside(long step, FileName name, String why) {
        try {
            storage.renameFolder(reader.folder(step), storage.child(runDirectory, name));
            storage.syncFolder(runDirectory);
            LOG.error("Step {} was moved aside to {}/{}: {}", step, runDirectory, name, why);
        } catch (IOException e) {
            LOG.error("Step {} could not be moved aside: {}", step, e.getMessage());
        }
    }

    /**
     * Saves a step from this process alone and returns when it is durable.
     *
     * @param state values beside the tensors: strings, booleans, integers, finite floating-point numbers, lists and maps of these
     * @return bytes of the step's files
     * @throws SupersededException when another trainer has claimed the run
     * @throws CheckpointException when it could not be saved; what had been staged is removed and older steps are as they were
     */
    public long save(long step, List<TensorSource> tensors, Map<String, Object> state) {
        return save(step, tensors, state, SaveGroup.ALONE);
    }

    /**
     * Saves a step together with the other ranks of a group, of which each calls {@link GroupMember#save}.
     *
     * @param tensors what rank 0 holds
     * @param group in which this process is rank 0
     * @throws CheckpointException also when a rank failed, naming every rank that did; the other ranks throw too
     */
    public long save(long step, List<TensorSource> tensors, Map<String, Object> state, SaveGroup group) {
        long bytes;
        try {
            requireManifest(tensors, state, group);
        } catch (CheckpointException e) {
            tellOthers(group, e);
            throw e;
        }
        try (StagedCheckpoint staged = stage(step, group.size())) {
            requireSpace(step, tensors, group.size());
            group.broadcast(new SaveMessage.Staged(staged.folder(), step).toBytes());
            bytes = commitTogether(staged, tensors, state, group);
        } catch (CheckpointException e) {
            CheckpointException reason = orSuperseded(e);
            tellOthers(group, reason);
            throw reason;
        } catch (RuntimeException | OutOfMemoryError e) {
            tellOthers(group, e);
            throw e;
        }
        group.broadcast(new SaveMessage.Committed().toBytes());
        return bytes;
    }

    /** Who takes a run over moves staged folders away and saves the same steps anew: that is the cause, whatever is seen of it first. */
    private CheckpointException orSuperseded(CheckpointException failure) {
        try {
            claim.requireCurrent();
        } catch (SupersededException e) {
            e.addSuppressed(failure);
            return e;
        } catch (IOException e) {
            failure.addSuppressed(e);
        }
        return failure;
    }

    /**
     * Whether what a run is going to save can have a manifest; asked when it begins, not when hours of training are to be kept.
     *
     * @param tensors what rank 0 holds
     * @throws CheckpointException when it cannot: which limit, and what to do
     */
    public static void requireManifest(List<TensorSource> tensors, Map<String, Object> state, SaveGroup group) {
        ManifestLimits.require(tensors, state, group.size(), ManifestFormat.MAX_BYTES);
    }

    /**
     * Ends a save that was never begun, in place of {@link #save(long, List, Map, SaveGroup)}: the other ranks of the group, of which each calls
     * {@link GroupMember#save}, throw.
     *
     * @param why for them and for the caller, to whom what the group itself fails with is added as suppressed
     */
    public static void abandon(SaveGroup group, CheckpointException why) {
        tellOthers(group, why);
    }

    /** The others wait for one more message in either phase: where to write, or how it ended. */
    private static void tellOthers(SaveGroup group, Throwable failure) {
        try {
            group.broadcast(new SaveMessage.Failed(String.valueOf(failure.getMessage())).toBytes());
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
        }
    }

    private static long commitTogether(
            StagedCheckpoint staged, List<TensorSource> tensors, Map<String, Object> state, SaveGroup group) {
        SaveMessage own;
        RuntimeException ownFailure = null;
        try {
            own = new SaveMessage.Written(staged.writeShard(0, tensors));
        } catch (RuntimeException e) {
            own = new SaveMessage.Failed(String.valueOf(e.getMessage()));
            ownFailure = e;
        }
        List<ShardReport> reports = new ArrayList<>();
        List<String> problems = new ArrayList<>();
        for (byte[] message : group.gather(own.toBytes())) {
            switch (SaveMessage.parse(message)) {
                case SaveMessage.Written written -> reports.add(written.report());
                case SaveMessage.Failed failed -> problems.add(failed.problem());
                case SaveMessage other -> throw new IllegalStateException("a rank reported " + other);
            }
        }
        if (ownFailure != null && problems.size() == 1) {
            throw ownFailure;
        }
        if (!problems.isEmpty()) {
            throw new CheckpointException(String.join("; ", problems));
        }
        return staged.commit(reports, state);
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
            String folder = storage.child(runDirectory, StepName.staged(step, claim.epoch(), saveId));
            storage.createFolders(folder);
            return new StagedCheckpoint(this, storage, folder, step, worldSize, saveId);
        } catch (IOException e) {
            throw failed(step, e);
        }
    }

    /** All ranks write about the same. */
    private void requireSpace(long step, List<TensorSource> tensors, int ranks) {
        long own = tensors.stream().mapToLong(t -> t.part().bytes()).reduce(0, Math::addExact);
        long needed = Math.multiplyExact(ranks, own);
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

    /** Protocol step 5: gives up when another trainer has claimed the run. */
    void requireCurrent(long step) {
        try {
            claim.requireCurrent();
        } catch (IOException e) {
            throw failed(step, e);
        }
    }

    /** Protocol step 6, with the staged folder complete and synced: the only commit point. */
    void rename(String staged, long step, String saveId) {
        String target = reader.folder(step);
        try {
            storage.renameFolder(staged, target);
        } catch (IOException e) {
            // The reply may be what was lost. Only the folder itself can tell.
            if (!isSave(target, saveId, e)) {
                throw failed(step, e);
            }
            LOG.warn("The commit of step {} was reported as failed but has happened: {}", step, e.getMessage());
        }
        try {
            storage.syncFolder(runDirectory);
        } catch (IOException e) {
            throw new CheckpointException(
                    target + ": is there, but a loss of power may undo its name, since " + runDirectory
                            + " could not be synced: " + e.getMessage()
                            + "; it counts as not saved; mend the disk. Earlier steps are untouched",
                    e);
        }
    }

    /** Protocol steps 7 and 8, of a step that is committed. */
    void finish(long step) {
        hint(step);
        retention.apply(step);
    }

    /** False also when that cannot be told; why not is added to the failure that raised the question. */
    private boolean isSave(String folder, String saveId, IOException failure) {
        try {
            return storage.exists(folder)
                    && Checkpoint.readManifest(storage, folder).saveId().equals(saveId);
        } catch (IOException | CheckpointException e) {
            failure.addSuppressed(e);
            return false;
        }
    }

    private void hint(long step) {
        try {
            String staged = storage.child(runDirectory, StepName.stagedLatest(claim.epoch()));
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
