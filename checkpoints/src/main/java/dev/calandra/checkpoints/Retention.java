package dev.calandra.checkpoints;

import dev.calandra.configs.CheckpointException;
import dev.calandra.storage.Storage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.stream.Collectors;
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
    private final RunClaim claim;
    private final CheckpointReader reader;
    private final RetentionRule rule;
    private final Set<Long> readBack = new HashSet<>();
    private final Map<Long, OptionalDouble> scores = new HashMap<>();

    Retention(Storage storage, String runDirectory, RunClaim claim, CheckpointReader reader, RetentionRule rule) {
        this.storage = storage;
        this.runDirectory = runDirectory;
        this.claim = claim;
        this.reader = reader;
        this.rule = rule;
    }

    /**
     * Reads the step that was just committed back, then deletes what the rule does not keep among the steps older than the newest intact
     * ones. Steps beyond it, of a run that was taken up again from an earlier step, neither count nor are deleted. A deletion that fails is
     * logged and tried again after the next save.
     *
     * @throws SupersededException when another trainer has claimed the run since the commit; nothing is deleted then
     * @throws CheckpointException when the step is not there or does not read as it was written; nothing is deleted then
     */
    void apply(long committed) {
        List<Long> steps = reader.steps();
        if (!steps.contains(committed)) {
            throw new CheckpointException(reader.folder(committed)
                    + ": the storage reported the step as committed, but it is not there; it cannot be relied on for this run."
                    + " Earlier steps are untouched");
        }
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
        List<Long> dispensable = dispensable(steps, committed);
        if (!dispensable.isEmpty() && mayDelete()) {
            dispensable.forEach(this::delete);
        }
    }

    /** This process has read every byte of a step and found it as it was saved. */
    void wasReadBack(long step) {
        readBack.add(step);
    }

    private List<Long> dispensable(List<Long> steps, long committed) {
        Set<Long> best = best(steps);
        List<Long> dispensable = new ArrayList<>();
        int intact = 0;
        for (long step : steps) {
            if (intact >= rule.intact()) {
                if (!rule.isMilestone(step) && !best.contains(step)) {
                    dispensable.add(step);
                }
            } else if (step <= committed && isIntact(step)) {
                intact++;
            }
        }
        return dispensable;
    }

    /** What the steps of a run are is for the trainer of the latest epoch to say. */
    private boolean mayDelete() {
        try {
            claim.requireCurrent();
            return true;
        } catch (IOException e) {
            LOG.warn("No old step is deleted, since {} cannot be read now: {}", runDirectory, e.getMessage());
            return false;
        }
    }

    private Set<Long> best(List<Long> steps) {
        if (rule.best() == 0) {
            return Set.of();
        }
        return steps.stream()
                .filter(step -> score(step).isPresent())
                .sorted(Comparator.comparingDouble((Long step) -> score(step).getAsDouble())
                        .thenComparing(Comparator.reverseOrder()))
                .limit(rule.best())
                .collect(Collectors.toSet());
    }

    /** A step of which the manifest cannot be read has no score now, and perhaps later. */
    private OptionalDouble score(long step) {
        OptionalDouble known = scores.get(step);
        if (known == null) {
            try {
                known = rule.score()
                        .apply(Checkpoint.readManifest(storage, reader.folder(step))
                                .state());
                scores.put(step, known);
            } catch (IOException | CheckpointException e) {
                LOG.warn("Whether step {} is among the best cannot be told now: {}", step, e.getMessage());
                known = OptionalDouble.empty();
            }
        }
        return known;
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
