package dev.calandra.checkpoints;

import dev.calandra.configs.CheckpointException;
import dev.calandra.storage.FileName;
import dev.calandra.storage.InputFile;
import dev.calandra.storage.OutputFile;
import dev.calandra.storage.Storage;
import dev.calandra.storage.StorageEntry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The right to save into a run folder: an epoch, one higher than any before it, won by creating {@code epochs/epoch-00000007}, which of
 * several processes exactly one can do. The epoch is a fencing token: before a save commits, its writer reads the highest epoch again, and
 * gives up when it is not its own. A claim ends by {@code epoch-00000007.released} beside it, or with its process.
 *
 * <p>A claim whose process is known to be gone is passed over; of a process on another host that only its launcher can know, and else the
 * user decides.
 */
public final class RunClaim implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RunClaim.class);

    /**
     * Environment variable with a name for all processes that one launcher starts on a run one after another: each of them knows that those
     * before it have ended, also on other hosts.
     */
    public static final String LAUNCH_VARIABLE = "CALANDRA_LAUNCH";

    /** A claim is written within moments of its creation; one that stays torn for so many looks has no writer any more. */
    private static final int LOOKS_AT_A_TORN_CLAIM = 10;

    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(100);

    /** More losses in a row than processes would ever start on one run at once. */
    private static final int MOST_ATTEMPTS = 100;

    private final Storage storage;
    private final String runDirectory;
    private final String epochs;
    private final long epoch;
    private final Watch watch;

    private RunClaim(Storage storage, String runDirectory, String epochs, long epoch, Watch watch) {
        this.storage = storage;
        this.runDirectory = runDirectory;
        this.epochs = epochs;
        this.epoch = epoch;
        this.watch = watch;
    }

    /** What to do about a claim whose process may be alive. */
    public enum Rival {
        /** Refuse, naming it. */
        RESPECT,
        /** Claim the next epoch all the same: the other can never commit again. */
        FENCE
    }

    /**
     * What a claim looks at besides the storage.
     *
     * @param clock stamps claims
     * @param betweenLooks how long to wait before a torn claim is looked at again
     * @param launch names the launcher of this process; empty when there is none
     */
    record Watch(InstantSource clock, Duration betweenLooks, String launch) {}

    private static String launch() {
        return System.getenv().getOrDefault(LAUNCH_VARIABLE, "");
    }

    /**
     * Claims a run folder, creating it when it is not there.
     *
     * @param runDirectory absolute location in that storage
     * @throws RunInUseException when a trainer that may be alive holds it: host, process, age, and what to do
     * @throws CheckpointException when the folder cannot be written
     */
    public static RunClaim take(Storage storage, String runDirectory, Rival rival) {
        return take(storage, runDirectory, rival, new Watch(InstantSource.system(), BETWEEN_LOOKS, launch()));
    }

    static RunClaim take(Storage storage, String runDirectory, Rival rival, Watch watch) {
        try {
            storage.createFolders(runDirectory);
            String epochs = storage.child(runDirectory, EpochName.FOLDER);
            storage.createFolders(epochs);
            Claimant self = Claimant.thisProcess(watch.clock().instant(), watch.launch());
            for (int attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
                long highest = highest(storage, epochs);
                RunClaim claim = new RunClaim(storage, runDirectory, epochs, highest + 1, watch);
                claim.requireFree(highest, rival, self);
                if (claim.create(self)) {
                    // A process that stood still since it looked may have won an epoch that is long past.
                    claim.requireHighest();
                    claim.prune();
                    return claim;
                }
            }
            throw new CheckpointException(runDirectory + ": other processes keep claiming this run; stop them");
        } catch (IOException e) {
            throw new CheckpointException(
                    runDirectory + ": cannot keep a run here: " + e.getMessage() + "; choose another run.directory", e);
        }
    }

    private static long highest(Storage storage, String epochs) throws IOException {
        return storage.list(epochs).stream()
                .map(entry -> EpochName.claimed(entry.name()))
                .flatMapToLong(OptionalLong::stream)
                .max()
                .orElse(0);
    }

    private void requireFree(long highest, Rival rival, Claimant self) throws IOException {
        if (highest == 0 || storage.exists(storage.child(epochs, EpochName.released(highest)))) {
            return;
        }
        Optional<Claimant> holder = holder(highest);
        if (holder.isEmpty()) {
            LOG.warn("Epoch {} of {} was claimed by a process that ended over it", highest, runDirectory);
        } else if (!holder.get().isGoneFor(self)) {
            String who = holder.get().describe(watch.clock().instant());
            if (rival == Rival.RESPECT) {
                throw new RunInUseException(runDirectory + ": in use by another trainer (" + who
                        + "); wait for it or stop it, or, if it is gone or is to be replaced, repeat with --takeover");
            }
            LOG.warn("Taking {} over from the trainer on {}: it cannot save any more", runDirectory, who);
        }
    }

    /** Empty when the claim is torn and stays so, or is gone. */
    private Optional<Claimant> holder(long claimed) throws IOException {
        for (int look = 1; ; look++) {
            Optional<Claimant> holder = read(claimed);
            if (holder.isPresent() || look == LOOKS_AT_A_TORN_CLAIM) {
                return holder;
            }
            try {
                Thread.sleep(watch.betweenLooks());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException("interrupted while waiting for the claim of another process", e);
            }
        }
    }

    private Optional<Claimant> read(long claimed) throws IOException {
        try (InputFile file = storage.openFile(storage.child(epochs, EpochName.claim(claimed)))) {
            ByteBuffer bytes = ByteBuffer.allocate(Math.toIntExact(file.length()));
            file.readFully(0, bytes);
            return Claimant.parse(bytes.array());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
    }

    private boolean create(Claimant self) throws IOException {
        try (OutputFile file = storage.createFile(storage.child(epochs, EpochName.claim(epoch)))) {
            file.write(ByteBuffer.wrap(self.toBytes()));
            file.sync();
        } catch (FileAlreadyExistsException e) {
            return false;
        }
        storage.syncFolder(epochs);
        return true;
    }

    private void requireHighest() throws IOException {
        long highest = highest(storage, epochs);
        if (highest != epoch) {
            throw new RunInUseException(runDirectory + ": another trainer has just claimed epoch " + highest
                    + " of this run; wait for it or stop it");
        }
    }

    /** Claims below a higher one say nothing any more. */
    private void prune() {
        try {
            for (StorageEntry entry : storage.list(epochs)) {
                if (EpochName.epochOf(entry.name()).orElse(epoch) < epoch) {
                    storage.delete(storage.child(epochs, new FileName(entry.name())));
                }
            }
        } catch (IOException e) {
            LOG.warn("Old claims in {} could not be removed; nothing depends on it: {}", epochs, e.getMessage());
        }
    }

    /** The fencing token. */
    public long epoch() {
        return epoch;
    }

    /**
     * Returns when no later epoch has been claimed up to now.
     *
     * @throws SupersededException when one has, or this claim was removed
     * @throws IOException when the storage cannot tell
     */
    public void requireCurrent() throws IOException {
        long highest = highest(storage, epochs);
        if (highest > epoch) {
            String who = read(highest)
                    .map(holder -> " (" + holder.describe(watch.clock().instant()) + ")")
                    .orElse("");
            throw new SupersededException(
                    runDirectory + ": superseded: epoch " + highest + " was claimed by another trainer" + who
                            + " after this one's epoch " + epoch
                            + "; this trainer saves nothing any more and ends; earlier steps are untouched");
        }
        if (highest < epoch) {
            throw new SupersededException(runDirectory + ": this trainer's claim, "
                    + storage.child(epochs, EpochName.claim(epoch))
                    + ", was removed, so another may work here; start it again to go on from the newest checkpoint");
        }
    }

    /** Lets go of the run. If that cannot be noted, a trainer on another host will have to be told to take over. */
    @Override
    public void close() {
        try {
            storage.createFile(storage.child(epochs, EpochName.released(epoch))).close();
            storage.syncFolder(epochs);
        } catch (FileAlreadyExistsException e) {
            LOG.debug("Epoch {} was released before", epoch);
        } catch (IOException e) {
            LOG.warn(
                    "{}: the end of this trainer could not be noted; on another host the next one needs --takeover: {}",
                    runDirectory,
                    e.getMessage());
        }
    }
}
