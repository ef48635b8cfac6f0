package dev.calandra.trainer.bench;

import dev.calandra.engine.collective.CollectiveCall;
import dev.calandra.engine.profile.Profile;
import java.util.List;

/**
 * What one rank did during the steps of a profile.
 *
 * @param rank of the world
 * @param thread that computed, see {@link Thread#threadId}
 * @param origin when the ranks had met before the first step, on the clock of {@link System#nanoTime}: the zero of a timeline
 * @param profile steps and kernels
 * @param backward when passes went back
 * @param collectives on all threads, in the order of their ends
 */
record RankTimeline(
        int rank, long thread, long origin, Profile profile, List<Span> backward, List<CollectiveCall> collectives) {

    RankTimeline {
        backward = List.copyOf(backward);
        collectives = List.copyOf(collectives);
    }
}
