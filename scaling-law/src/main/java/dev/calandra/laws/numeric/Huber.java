package dev.calandra.laws.numeric;

/**
 * Huber's loss of a residual: r^2 / 2 up to delta, then delta (|r| - delta / 2).
 *
 * @param delta positive; infinite for least squares
 */
public record Huber(double delta) {
    public Huber {
        if (!(delta > 0)) {
            throw new IllegalArgumentException("delta must be above 0, is " + delta);
        }
    }

    /** The loss. */
    public double of(double residual) {
        double size = Math.abs(residual);
        return size <= delta ? 0.5 * residual * residual : delta * (size - 0.5 * delta);
    }

    /** Its derivative. */
    public double slope(double residual) {
        return Math.max(-delta, Math.min(delta, residual));
    }

    /** What a squared residual has to be weighted with to have the same slope, at most 1. */
    public double weight(double residual) {
        double size = Math.abs(residual);
        return size <= delta ? 1 : delta / size;
    }
}
