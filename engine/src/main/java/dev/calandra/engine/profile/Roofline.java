package dev.calandra.engine.profile;

/**
 * The two limits of a machine (Williams et al., "Roofline", CACM 52(4), 2009): no kernel is done before its arithmetic is
 * done at the peak rate, nor before its bytes have moved at the peak bandwidth.
 *
 * @param flopsPerSecond of matrix products
 * @param bytesPerSecond between the threads and main memory, reads and writes together
 */
public record Roofline(double flopsPerSecond, double bytesPerSecond) {

    public Roofline {
        if (!(flopsPerSecond > 0 && bytesPerSecond > 0)) {
            throw new IllegalArgumentException(
                    "limits must be above 0, got " + flopsPerSecond + " FLOP/s and " + bytesPerSecond + " B/s");
        }
    }

    /** The least time that the work takes, in seconds. */
    public double seconds(Work work) {
        return Math.max(work.flops() / flopsPerSecond, work.bytes() / bytesPerSecond);
    }
}
