package dev.calandra.checkpoints;

import java.util.Map;
import java.util.OptionalDouble;
import java.util.function.Function;

/**
 * Which steps of a run stay: the newest, beside them every k-th, beside those the best. Whatever it says, two intact steps stay.
 *
 * @param last how many of the newest, at least 1
 * @param every steps that are multiples of this stay for good; 0 = none
 * @param best how many of those with the lowest score
 * @param score of a step by its saved state; steps without one are never the best
 */
public record RetentionRule(int last, long every, int best, Function<Map<String, Object>, OptionalDouble> score) {
    /** A step is deleted only while this many newer ones have been read back whole. */
    private static final int FEWEST_KEPT = 2;

    public RetentionRule {
        if (last < 1 || every < 0 || best < 0) {
            throw new IllegalArgumentException("a rule that keeps the last " + last + ", every " + every + ", the best "
                    + best + "; keep at least the last");
        }
    }

    /** Only the newest. */
    public static RetentionRule last(int count) {
        return new RetentionRule(count, 0, 0, state -> OptionalDouble.empty());
    }

    /** How many of the newest steps must be intact before an older one goes. */
    int intact() {
        return Math.max(FEWEST_KEPT, last);
    }

    boolean isMilestone(long step) {
        return every > 0 && step % every == 0;
    }
}
