package dev.calandra.trainer.run;

import dev.calandra.configs.CheckpointException;
import dev.calandra.storage.FileName;
import dev.calandra.storage.InputFile;
import dev.calandra.storage.OutputFile;
import dev.calandra.storage.Storage;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code metrics.jsonl} of a run: one line per step and evaluation, only ever appended to.
 *
 * <p>A process that resumes from step s first drops the lines after s, and a line torn by a crash, so that the file reads
 * as one uninterrupted run. It writes the surviving lines to a new file, renames that over the old one (atomically) and
 * goes on writing where it stands: no backend needs to append to a finished file.
 *
 * <p>Lines stay in memory until a sync has made them durable. When the file cannot be written, the run goes on; the next {@link #sync}
 * writes a new file in the same way, of the durable lines of the old one and those in memory. After a failed sync nobody knows which of
 * the bytes since the one before have reached the disk, so these are never relied on.
 */
public final class MetricsLog implements AutoCloseable {

    /** The file in a run folder. */
    public static final FileName NAME = new FileName("metrics.jsonl");

    private static final Logger LOG = LoggerFactory.getLogger(MetricsLog.class);
    private static final FileName NEXT = new FileName("metrics.jsonl.next");

    /** Some ten thousand steps. */
    private static final int MOST_WAITING_BYTES = 64 << 20;

    private final Storage storage;
    private final String folder;
    private final String location;
    private final Owner owner;
    private final int mostWaitingBytes;
    private final List<byte[]> waiting = new ArrayList<>();
    private int waitingBytes;
    private long durableBytes;
    private Optional<OutputFile> file = Optional.empty();

    /** Whether the run folder is still this process's, asked before a file of it is replaced. */
    @FunctionalInterface
    public interface Owner {
        /**
         * @throws dev.calandra.checkpoints.SupersededException when it is not
         * @throws IOException when that cannot be told
         */
        void require() throws IOException;
    }

    private MetricsLog(Storage storage, String folder, Owner owner, KeptLines kept, int mostWaitingBytes)
            throws IOException {
        this.storage = storage;
        this.folder = folder;
        this.location = storage.child(folder, NAME);
        this.owner = owner;
        this.durableBytes = kept.bytes();
        this.mostWaitingBytes = mostWaitingBytes;
    }

    /**
     * @param folder of the run
     * @param restoredStep steps done in the checkpoint the run resumes from; 0 for a new run
     * @param owner asked before the file is replaced
     * @throws CheckpointException when there is a file but its lines do not reach that step: it is left as it is
     */
    public static MetricsLog open(Storage storage, String folder, long restoredStep, Owner owner) throws IOException {
        return open(storage, folder, restoredStep, owner, MOST_WAITING_BYTES);
    }

    /** @param mostWaitingBytes of lines in memory; beyond them they are synced, and when that fails too the run cannot go on */
    static MetricsLog open(Storage storage, String folder, long restoredStep, Owner owner, int mostWaitingBytes)
            throws IOException {
        KeptLines kept = kept(storage, storage.child(folder, NAME), restoredStep);
        MetricsLog log = new MetricsLog(storage, folder, owner, kept, mostWaitingBytes);
        log.reopen();
        return log;
    }

    private static KeptLines kept(Storage storage, String location, long restoredStep) throws IOException {
        if (restoredStep == 0) {
            return KeptLines.NONE;
        }
        if (!storage.exists(location)) {
            LOG.warn("{} is not there: the lines up to step {} are missing from now on", location, restoredStep);
            return KeptLines.NONE;
        }
        try (InputFile input = storage.openFile(location)) {
            // Lines up to a checkpoint were durable before it: what a crash has torn belongs to a later step.
            KeptLines kept = KeptLines.upTo(input, restoredStep);
            if (kept.lastStep() != restoredStep) {
                throw new CheckpointException(
                        "%s: its lines are whole up to step %d only (byte %d of %d), and the run resumes from step %d; restore the file from a copy, or move it away to go on without the lines before"
                                .formatted(location, kept.lastStep(), kept.bytes(), input.length(), restoredStep));
            }
            return kept;
        }
    }

    /**
     * Appends a line; it is on its way to the disk, not yet safe there. A disk that does not take it is logged: the next {@link #sync} tries again.
     *
     * @throws CheckpointException when more lines are waiting for the disk than memory should hold
     */
    public void append(String line) {
        byte[] bytes = (line + "\n").getBytes(StandardCharsets.UTF_8);
        waiting.add(bytes);
        waitingBytes += bytes.length;
        if (file.isPresent()) {
            try {
                file.get().write(ByteBuffer.wrap(bytes));
            } catch (IOException e) {
                LOG.error(
                        "{}: cannot be written ({}); its lines are kept in memory and written with the next save",
                        location,
                        e.getMessage());
                abandon();
            }
        }
        if (waitingBytes > mostWaitingBytes) {
            sync();
        }
    }

    /**
     * Makes all lines so far durable; called before a checkpoint that stands for them is committed.
     *
     * @throws CheckpointException when they are not; they stay in memory, and the next call tries again
     * @throws dev.calandra.checkpoints.SupersededException when another trainer has claimed the run
     */
    public void sync() {
        if (file.isPresent()) {
            try {
                file.get().sync();
                settle();
                return;
            } catch (IOException e) {
                LOG.error("{}: cannot be synced ({}); it is written anew", location, e.getMessage());
                abandon();
            }
        }
        try {
            reopen();
        } catch (IOException e) {
            throw new CheckpointException(
                    location + ": cannot be written (" + e.getMessage() + "), " + waiting.size()
                            + " lines wait in memory; make room or mend the disk. Earlier steps are untouched",
                    e);
        }
    }

    /** Writes the durable lines and those that wait into a new file, which takes the place of the old one. */
    private void reopen() throws IOException {
        String next = storage.child(folder, NEXT);
        owner.require();
        storage.delete(next);
        OutputFile fresh = storage.createFile(next);
        try {
            if (durableBytes > 0) {
                try (InputFile old = storage.openFile(location)) {
                    KeptLines.copy(old, durableBytes, fresh);
                }
            }
            for (byte[] line : waiting) {
                fresh.write(ByteBuffer.wrap(line));
            }
            fresh.sync();
            owner.require();
            storage.replaceFile(next, location);
            storage.syncFolder(folder);
        } catch (IOException | RuntimeException e) {
            close(fresh);
            throw e;
        }
        file = Optional.of(fresh);
        settle();
    }

    /** Everything that was appended is durable. */
    private void settle() {
        durableBytes += waitingBytes;
        waiting.clear();
        waitingBytes = 0;
    }

    private void abandon() {
        file.ifPresent(MetricsLog::close);
        file = Optional.empty();
    }

    private static void close(OutputFile file) {
        try {
            file.close();
        } catch (IOException e) {
            LOG.debug("{} was closed in vain: {}", file, e.getMessage());
        }
    }

    @Override
    public void close() throws IOException {
        try {
            if (!waiting.isEmpty()) {
                sync();
            }
        } finally {
            if (file.isPresent()) {
                file.get().close();
            }
        }
    }
}
