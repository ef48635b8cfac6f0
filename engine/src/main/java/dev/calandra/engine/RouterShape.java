package dev.calandra.engine;

/**
 * Group-limited routing (Ling 2.0, arXiv 2510.22115, 2.2; DeepSeek-V3, arXiv 2412.19437, 2.1.2): the score of a group
 * is the sum of its two best biased scores; the experts of the best groups compete.
 *
 * @param experts E
 * @param groups groups of equally many neighbouring experts
 * @param keptGroups groups whose experts compete
 * @param topK experts chosen per token K
 * @param scaling what the normalised weights are multiplied by
 */
public record RouterShape(int experts, int groups, int keptGroups, int topK, float scaling) {

    public RouterShape {
        if (experts < 1 || groups < 1 || experts % groups != 0 || keptGroups < 1 || keptGroups > groups) {
            throw new IllegalArgumentException(
                    experts + " experts in " + groups + " groups of which " + keptGroups + " are kept");
        }
        if (topK < 1 || topK > experts / groups * keptGroups) {
            throw new IllegalArgumentException(
                    "cannot choose " + topK + " experts of " + keptGroups + " groups of " + experts / groups);
        }
    }
}
