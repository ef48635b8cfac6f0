package dev.calandra.checkpoints;

import dev.calandra.configs.ConfigException;
import dev.calandra.configs.Problem;

/**
 * Which rank holds what. Ranks form groups of {@code expertRanks}, whose members share the routed experts out among them; every group is a
 * replica of all experts. Everything else is on every rank. Of the optimizer's state a rank keeps only what it owns (ZeRO stage 1, arXiv
 * 1910.02054 section 5.1): an equal share of the rows of each parameter, among the ranks that hold that parameter.
 *
 * <p>Neighbours form a group, so that experts are exchanged within a machine: rank = replica × expertRanks + expertRank.
 *
 * <p>A rank saves what it owns, weights included, so every element is written once and all ranks write about the same. Since the pieces name
 * their place in the logical tensor, a checkpoint loads under any other layout.
 *
 * @param worldSize number of ranks
 * @param expertRanks ranks that share one copy of the experts
 */
public record RankLayout(int worldSize, int expertRanks) {
    private static final String KEY = "rank layout";

    /** One rank that holds everything. */
    public static final RankLayout SINGLE = new RankLayout(1, 1);

    /** @throws ConfigException when the groups do not divide the ranks */
    public RankLayout {
        if (worldSize < 1 || expertRanks < 1) {
            throw refused("%d ranks in expert groups of %d; there must be at least one of each"
                    .formatted(worldSize, expertRanks));
        }
        if (worldSize % expertRanks != 0) {
            throw refused("%d ranks do not form expert groups of %d; use a group size that divides the number of ranks"
                    .formatted(worldSize, expertRanks));
        }
    }

    private static ConfigException refused(String reason) {
        return new ConfigException(new Problem("", 0, KEY, reason));
    }

    /** Copies of the experts. */
    public int replicas() {
        return worldSize / expertRanks;
    }

    /** The rank's place in its expert group. */
    public int expertRank(int rank) {
        return requireRank(rank) % expertRanks;
    }

    /** The rank's expert group. */
    public int replica(int rank) {
        return requireRank(rank) / expertRanks;
    }

    /** The rank at a place in an expert group. */
    public int rank(int replica, int expertRank) {
        if (replica < 0 || replica >= replicas() || expertRank < 0 || expertRank >= expertRanks) {
            throw new IllegalArgumentException("place " + expertRank + " in expert group " + replica + " of " + this);
        }
        return replica * expertRanks + expertRank;
    }

    /** @throws ConfigException when the experts of a layer cannot be shared out evenly */
    public void requireExperts(int experts) {
        if (experts % expertRanks != 0) {
            throw refused(
                    "%d experts cannot be shared out among %d ranks; use a group size that divides the number of experts"
                            .formatted(experts, expertRanks));
        }
    }

    /**
     * The routed experts of a layer that a rank holds.
     *
     * @throws ConfigException when they cannot be shared out evenly
     */
    public RowRange experts(int rank, int experts) {
        requireExperts(experts);
        return RowRange.share(experts, expertRank(rank), expertRanks);
    }

    /** What a rank owns of a parameter that every rank holds. */
    public RowRange ownedOfShared(int rank, long rows) {
        return RowRange.share(rows, requireRank(rank), worldSize);
    }

    /**
     * What a rank owns of the experts that it holds.
     *
     * @param rows of a parameter with these experts one below the other
     */
    public RowRange ownedOfExperts(int rank, long rows) {
        return RowRange.share(rows, replica(rank), replicas());
    }

    private int requireRank(int rank) {
        if (rank < 0 || rank >= worldSize) {
            throw new IllegalArgumentException("rank " + rank + " of " + worldSize);
        }
        return rank;
    }
}
