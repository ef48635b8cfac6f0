package dev.calandra.trainer.model;

/**
 * The inverse of the normal distribution function: Wichura's PPND16 (Applied Statistics 37, 1988, algorithm AS 241), relative
 * error about 1e-16. Additions, products, a quotient and a root, which IEEE 754 fixes to the bit, and {@code StrictMath}'s
 * logarithm in the tails: the same bits on every machine.
 */
final class NormalQuantile {

    /** Smallest probability that AS 241's second fit covers, e^-25; its third, for smaller ones, is left out. */
    private static final double SMALLEST = 1.3887943864964021e-11;

    private static final double CENTRE = 0.425;
    private static final double CENTRE_SQUARED = 0.180625;
    private static final double TAIL_SHIFT = 1.6;

    private static final int DEGREE = 7;

    /** Coefficients, the constant first. */
    private static final double[] CENTRE_NUMERATOR = {
        3.3871328727963666080,
        1.3314166789178437745e2,
        1.9715909503065514427e3,
        1.3731693765509461125e4,
        4.5921953931549871457e4,
        6.7265770927008700853e4,
        3.3430575583588128105e4,
        2.5090809287301226727e3
    };

    private static final double[] CENTRE_DENOMINATOR = {
        1,
        4.2313330701600911252e1,
        6.8718700749205790830e2,
        5.3941960214247511077e3,
        2.1213794301586595867e4,
        3.9307895800092710610e4,
        2.8729085735721942674e4,
        5.2264952788528545610e3
    };

    private static final double[] TAIL_NUMERATOR = {
        1.42343711074968357734,
        4.63033784615654529590,
        5.76949722146069140550,
        3.64784832476320460504,
        1.27045825245236838258,
        2.41780725177450611770e-1,
        2.27238449892691845833e-2,
        7.74545014278341407640e-4
    };

    private static final double[] TAIL_DENOMINATOR = {
        1,
        2.05319162663775882187,
        1.67638483018380384940,
        6.89767334985100004550e-1,
        1.48103976427480074590e-1,
        1.51986665636164571966e-2,
        5.47593808499534494600e-4,
        1.05075007164441684324e-9
    };

    private NormalQuantile() {}

    /**
     * The number below which a normal one lies with this probability.
     *
     * @param probability from e^-25 to 1 - e^-25
     * @throws IllegalArgumentException for one outside
     */
    static double of(double probability) {
        double q = probability - 0.5;
        if (Math.abs(q) <= CENTRE) {
            double r = CENTRE_SQUARED - q * q;
            return fit(q, CENTRE_NUMERATOR, CENTRE_DENOMINATOR, r);
        }
        double tail = q < 0 ? probability : 1 - probability;
        if (!(tail >= SMALLEST)) {
            throw new IllegalArgumentException("probability " + probability + " is not between e^-25 and 1 - e^-25");
        }
        double r = StrictMath.sqrt(-StrictMath.log(tail)) - TAIL_SHIFT;
        double distance = fit(1, TAIL_NUMERATOR, TAIL_DENOMINATOR, r);
        return q < 0 ? -distance : distance;
    }

    /** Factor · numerator / denominator at r, both polynomials of the same degree. */
    private static double fit(double factor, double[] numerator, double[] denominator, double r) {
        double above = 0;
        double below = 0;
        for (int i = DEGREE; i >= 0; i--) {
            above = above * r + numerator[i];
            below = below * r + denominator[i];
        }
        return factor * above / below;
    }
}
