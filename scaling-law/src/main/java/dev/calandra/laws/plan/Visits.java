package dev.calandra.laws.plan;

import dev.calandra.configs.ModelConfig;

/**
 * How many ranks of an expert group a token visits, when every choice of groups, and of experts within them, is as likely as
 * any other. A router that likes neighbours visits fewer.
 */
final class Visits {

    private Visits() {}

    /**
     * Expected number of ranks other than its own that hold at least one of a token's experts.
     *
     * @param ranks that share the experts out among them, each a run of neighbours
     */
    static double others(ModelConfig model, int ranks) {
        int held = model.numExperts() / ranks;
        double visited = 0;
        for (int rank = 0; rank < ranks; rank++) {
            visited += 1 - passedBy(model, rank * held, (rank + 1) * held);
        }
        return visited * (ranks - 1) / ranks;
    }

    /** Probability that none of a token's choices falls on the experts from from to to. */
    private static double passedBy(ModelConfig model, int from, int to) {
        int size = model.numExperts() / model.nGroup();
        int kept = model.topkGroup();
        // ways[g][m]: choices of g groups so far that have m of these experts together.
        double[][] ways = new double[kept + 1][to - from + 1];
        ways[0][0] = 1;
        for (int group = 0; group < model.nGroup(); group++) {
            int inside = Math.max(0, Math.min(to, (group + 1) * size) - Math.max(from, group * size));
            for (int g = kept; g >= 1; g--) {
                for (int m = to - from; m >= inside; m--) {
                    ways[g][m] += ways[g - 1][m - inside];
                }
            }
        }
        double all = 0;
        double none = 0;
        for (int m = 0; m <= to - from; m++) {
            all += ways[kept][m];
            none += ways[kept][m] * noneOf(m, kept * size, model.numExpertsPerTok());
        }
        return none / all;
    }

    /** Probability that a draw without replacement of so many avoids the marked ones. */
    private static double noneOf(int marked, int all, int drawn) {
        double probability = 1;
        for (int i = 0; i < drawn; i++) {
            probability *= Math.max(0, (double) (all - marked - i) / (all - i));
        }
        return probability;
    }
}
