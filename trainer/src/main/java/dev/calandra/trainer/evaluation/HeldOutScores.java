package dev.calandra.trainer.evaluation;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What an evaluation found.
 *
 * @param sources score of each source that has one
 * @param maxViolation by layer with experts, without those of MTP: how far the most popular expert is above the mean over all
 *     held-out tokens together, MaxVio_global of Wang et al., arXiv 2408.15664, 4
 */
public record HeldOutScores(List<SourceScore> sources, Map<String, Double> maxViolation) {

    public HeldOutScores {
        sources = List.copyOf(sources);
        maxViolation = Collections.unmodifiableMap(new LinkedHashMap<>(maxViolation));
    }
}
