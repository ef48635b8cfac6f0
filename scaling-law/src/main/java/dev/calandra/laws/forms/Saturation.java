package dev.calandra.laws.forms;

/**
 * A quantity x that has no effect below a start and none beyond a maximum: 1 / x' = 1 / (x + (1 / start - 1 / most)^-1) + 1 / most (Clark et
 * al., arXiv 2202.01169, equation 13), so that x' is {@code start} at x = 0 and {@code most} at infinity.
 *
 * @param value x'
 * @param byStart derivative of its natural logarithm by {@code start}
 * @param byMost derivative of its natural logarithm by {@code most}
 */
public record Saturation(double value, double byStart, double byMost) {

    /**
     * Saturates a quantity.
     *
     * @param x not negative
     * @param start positive, less than {@code most}; else all results are NaN
     */
    public static Saturation of(double x, double start, double most) {
        double inverse = 1 / start - 1 / most;
        if (!(inverse > 0)) {
            return new Saturation(Double.NaN, Double.NaN, Double.NaN);
        }
        double inner = x + 1 / inverse;
        double value = 1 / (1 / inner + 1 / most);
        double byInner = value / (inner * inner);
        double byStart = byInner / (start * start * inverse * inverse);
        double byMost = -byInner / (most * most * inverse * inverse) + value / (most * most);
        return new Saturation(value, byStart, byMost);
    }
}
