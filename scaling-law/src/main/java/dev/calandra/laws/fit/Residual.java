package dev.calandra.laws.fit;

/**
 * A run and what the law says of it.
 *
 * @param line of the run in its file
 * @param measured loss
 * @param predicted loss
 */
public record Residual(int line, double measured, double predicted) {
    /** (predicted - measured) / measured. */
    public double relative() {
        return predicted / measured - 1;
    }
}
