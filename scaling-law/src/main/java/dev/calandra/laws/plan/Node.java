package dev.calandra.laws.plan;

/**
 * A machine and what of a run it carries.
 *
 * @param cores that compute
 * @param ranks of the run on it
 * @param threads of each rank
 */
public record Node(int cores, int ranks, int threads) {

    public Node {
        if (cores < 1 || ranks < 1 || threads < 1) {
            throw new IllegalArgumentException("a node of %d cores with %d ranks of %d threads; all must be at least 1"
                    .formatted(cores, ranks, threads));
        }
    }

    /** How many times longer threads take that must take turns on the cores. */
    public double slowdown() {
        return Math.max(1, (double) ranks * threads / cores);
    }

    /** Whether a core is left to send while all threads compute. */
    public boolean coresToSpare() {
        return ranks * threads < cores;
    }
}
