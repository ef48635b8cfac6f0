package dev.calandra.cli;

import dev.calandra.configs.ExitCode;
import dev.calandra.trainer.run.StopRequest;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Starts a run again after a failure.
 *
 * @param most starts after the first
 * @param progress how far the run is now
 * @param stop whether somebody has asked to stop
 * @param err where the user is told what goes on
 */
record Restarts(int most, Supplier<SavedProgress> progress, StopRequest stop, PrintWriter err) {

    /** Failures that would be the same again, and ends that are none. */
    private static final Set<Integer> FINAL = Set.of(
            ExitCode.OK.code(),
            ExitCode.USAGE.code(),
            ExitCode.NUMERICS.code(),
            ExitCode.SUPERSEDED.code(),
            ExitCode.STOPPED.code());

    /** One start of the run. */
    @FunctionalInterface
    interface Start {
        /**
         * Runs until it ends.
         *
         * @param first whether it is the first
         * @param saved whether one before it has saved a step
         * @return its status
         */
        int run(boolean first, boolean saved) throws IOException, InterruptedException;
    }

    /** @return the status to end with */
    int run(Start run) throws IOException, InterruptedException {
        SavedProgress atFirst = progress.get();
        SavedProgress before = atFirst;
        for (int start = 0; !stop.requested(); start++) {
            int status = run.run(start == 0, before.isBeyond(atFirst));
            if (FINAL.contains(status) || most == 0 || stop.requested()) {
                return status;
            }
            SavedProgress now = progress.get();
            if (isLast(start, status, before, now)) {
                return status;
            }
            err.printf(
                    "calandra: start %d of %d failed with status %d; going on from step %d%n",
                    start + 1, most + 1, status, now.step());
            before = now;
        }
        err.println("calandra: stopped between two starts; the same command goes on from there");
        return ExitCode.STOPPED.code();
    }

    private boolean isLast(int start, int status, SavedProgress before, SavedProgress now) {
        boolean further = now.isBeyond(before);
        if (status == ExitCode.DATA.code() && !further) {
            // Data that were there for a while have met a failing disk or network; data that never were will not come.
            return true;
        }
        if (start == most) {
            err.println("calandra: gave up after " + most + " restarts; the newest step is " + now.step());
            return true;
        }
        if (start > 0 && !further) {
            err.println("calandra: gave up: the last start got no further than step " + before.step());
            return true;
        }
        return false;
    }
}
