package dev.calandra.engine.profile;

/**
 * The limits of a machine (Williams et al., "Roofline", CACM 52(4), 2009): no kernel is done before its arithmetic is done at
 * the peak rate, nor before its bytes have moved at the peak bandwidth.
 *
 * @param f32FlopsPerSecond of products of F32 matrices
 * @param fp8FlopsPerSecond of products of FP8 matrices
 * @param bytesPerSecond between the threads and main memory, reads and writes together
 */
public record Roofline(double f32FlopsPerSecond, double fp8FlopsPerSecond, double bytesPerSecond) {

    public Roofline {
        if (!(f32FlopsPerSecond > 0 && fp8FlopsPerSecond > 0 && bytesPerSecond > 0)) {
            throw new IllegalArgumentException("limits must be above 0, got " + f32FlopsPerSecond + " and "
                    + fp8FlopsPerSecond + " FLOP/s and " + bytesPerSecond + " B/s");
        }
    }

    /** The least time that the work takes, in seconds. */
    public double seconds(Work work) {
        return Math.max(productSeconds(work), work.bytes() / bytesPerSecond);
    }

    /** The least time that the work's products take, in seconds. */
    public double productSeconds(Work work) {
        return switch (work.operands()) {
            case F32 -> work.flops() / f32FlopsPerSecond;
            case FP8 -> work.flops() / fp8FlopsPerSecond;
        };
    }
}
