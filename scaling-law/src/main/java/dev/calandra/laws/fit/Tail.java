package dev.calandra.laws.fit;

import java.util.random.RandomGenerator;

/** Student's tails for draws whose spread was estimated from few points. */
final class Tail {
    /** At one degree of freedom 8 draws in a thousand lie beyond it: too few for the ends of a 95 % interval to feel. */
    private static final double LARGEST = 100;

    private Tail() {}

    /** A factor for a normal draw: root of the degrees of freedom over a chi-squared number of as many degrees; at most 100. */
    static double draw(RandomGenerator random, int freedom) {
        int degrees = Math.max(1, freedom);
        double sum = 0;
        for (int i = 0; i < degrees; i++) {
            double normal = random.nextGaussian();
            sum += normal * normal;
        }
        return Math.min(LARGEST, Math.sqrt(degrees / sum));
    }
}
