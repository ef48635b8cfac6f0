package dev.calandra.laws.plan;

/**
 * What a message costs (the α-β model of Hockney, Parallel Computing 20, 1994): α seconds to begin, then its bytes at a rate. A collective
 * of n ranks is n - 1 messages in a row, as rings and pairwise exchanges are.
 *
 * @param latency α, in seconds
 * @param bytesPerSecond 1/β, of what one rank sends
 */
public record Link(double latency, double bytesPerSecond) {

    public Link {
        if (!(latency >= 0 && Double.isFinite(latency))) {
            throw new IllegalArgumentException("a latency of " + latency + " seconds; use 0 or more");
        }
        if (!(bytesPerSecond > 0)) {
            throw new IllegalArgumentException("a bandwidth of " + bytesPerSecond + " bytes/s; use more than 0");
        }
    }

    /**
     * Seconds of collectives.
     *
     * @param calls how many
     * @param ranks that take part in each
     * @param bytes that one rank sends in all of them
     */
    public double seconds(double calls, int ranks, double bytes) {
        return ranks == 1 ? 0 : calls * (ranks - 1) * latency + bytes / bytesPerSecond;
    }
}
