package dev.calandra.checkpoints;

import dev.calandra.configs.CheckpointException;
import dev.calandra.storage.Storage;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Deletes old steps, but only while enough newer ones have been read back whole. Each step is read once in a process's life; a damaged one
 * does not count and is left for {@link CheckpointStore#newestValid} to move aside.
 */
final class Retention {
    private static final Logger LOG = LoggerFactory.getLogger(Retention.class);

    private final Storage storage;
    private final String runDirectory;
    private final CheckpointReader reader;
    private final int kept;
    private final Set<Long> readBack = new HashSet<>();

    Retention(Storage storage, String runDirectory, CheckpointReader reader, int kept) {
        this.storage = storage;
        this.runDirectory = runDirectory;
        this.reader = reader;
        this.kept = kept;
    }

    /**
     * Reads the step that was just committed back, then deletes every step older than the newest intact ones to be kept. Steps beyond it, of a
     * run that was taken up again from an earlier step, neither count nor are deleted. A deletion that fails is logged and tried again after
     * the next save.
     *
     * @throws CorruptCheckpointException when the step does not read as it was written; nothing is deleted then
     */
    void apply(long committed) {
        try {
            readBack(committed);
        } catch (CorruptCheckpointException e) {
            throw e;
        } catch (CheckpointException e) {
            LOG.warn(
                    "Step {} is saved but cannot be read back now; no old step is deleted: {}",
                    committed,
                    e.getMessage());
            return;
        }
        int intact = 0;
        for (long step : reader.steps()) {
            if (intact >= kept) {
                delete(step);
            } else if (step <= committed && isIntact(step)) {
                intact++;
            }
        }
    }

    private void readBack(long step) {
        if (!readBack.contains(step)) {
            reader.open(step).close();
            readBack.add(step);
        }
    }

    private boolean isIntact(long step) {
        try {
            readBack(step);
            return true;
        } catch (CheckpointException e) {
            LOG.error("Step {} does not count as kept: {}", step, e.getMessage());
            return false;
        }
    }

    private void delete(long step) {
        try {
            String trash = storage.child(runDirectory, StepName.trash(step));
            storage.renameFolder(reader.folder(step), trash);
            storage.syncFolder(runDirectory);
            storage.delete(trash);
        } catch (IOException e) {
            LOG.warn("The old step {} could not be deleted, this is tried again later: {}", step, e.getMessage());
        }
    }
}
