package dev.calandra.trainer.sweep;

import dev.calandra.laws.records.RunRecord;
import dev.calandra.trainer.metrics.StepRecord;

/** Is told what happens in a sweep, by several threads. */
public interface SweepListener {

    /** A run has done a step. */
    void step(SweepRun run, StepRecord step);

    /** A run has ended and is recorded. */
    void ended(SweepRun run, RunRecord record);

    /** A run was asked to stop and is saved; it goes on when the sweep does. */
    void paused(SweepRun run);
}
