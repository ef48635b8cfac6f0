package dev.calandra.laws;

/** {@code y = coefficient · x^exponent}. */
public record PowerLaw(double coefficient, double exponent) {
    public PowerLaw {
        if (!(coefficient > 0) || !Double.isFinite(coefficient) || !Double.isFinite(exponent)) {
            throw new IllegalArgumentException(
                    "no power law has coefficient %s and exponent %s".formatted(coefficient, exponent));
        }
    }

    /**
     * The law's value.
     *
     * @param x positive
     */
    public double at(double x) {
        if (!(x > 0)) {
            throw new IllegalArgumentException("a power law has no value at " + x);
        }
        return coefficient * Math.pow(x, exponent);
    }
}
