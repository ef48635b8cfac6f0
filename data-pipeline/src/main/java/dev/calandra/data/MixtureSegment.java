package dev.calandra.data;

import dev.calandra.configs.Packing;
import dev.calandra.data.mixture.PiecewiseShare;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A stretch of a run under one mixture: all that its order depends on besides the seed and the shards. A run begins with one; an edit of the
 * mixture on the way appends another, in which every source goes on where it was.
 *
 * @param firstSample number of its first sample
 * @param firstToken tokens of all samples before it, S of each
 * @param plan fingerprint of the settings that it was made from
 * @param sequenceLength S
 * @param packing how documents become windows
 * @param shares of each source, by name, in sample numbers of the run
 * @param starts where each source that was ever used stands at the first sample
 */
record MixtureSegment(
        long firstSample,
        long firstToken,
        String plan,
        int sequenceLength,
        Packing packing,
        Map<String, PiecewiseShare> shares,
        Map<String, Start> starts) {

    /**
     * Where a source stands.
     *
     * @param served samples that it has given so far
     * @param ordinal its next window in the order of its windows
     */
    record Start(long served, long ordinal) {
        static final Start NONE = new Start(0, 0);
    }

    MixtureSegment {
        shares = Collections.unmodifiableMap(new LinkedHashMap<>(shares));
        starts = Collections.unmodifiableMap(new LinkedHashMap<>(starts));
    }

    Start start(String source) {
        return starts.getOrDefault(source, Start.NONE);
    }

    /** Tokens of all samples before one of this segment. */
    long tokensBefore(long sample) {
        return firstToken + (sample - firstSample) * sequenceLength;
    }
}
