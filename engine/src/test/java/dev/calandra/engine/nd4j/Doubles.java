package dev.calandra.engine.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import java.util.function.Supplier;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

/** Random DOUBLE arrays of one seed, and gradients by central differences. */
final class Doubles {

    /**
     * Step of the differences. Their truncation error is about step² times the third derivative, 1e-10 here, and their
     * rounding error about 1e-16 / step, 1e-11.
     */
    private static final double STEP = 1e-5;

    /** Of the largest gradient element: a hundred times the errors above, and far below any wrong term. */
    private static final double TOLERANCE = 1e-8;

    private final long seed;
    private final Random random;

    Doubles(long seed) {
        this.seed = seed;
        this.random = new Random(seed);
    }

    Random random() {
        return random;
    }

    /** Standard normal. */
    INDArray normal(long... shape) {
        int size = 1;
        for (long dimension : shape) {
            size *= Math.toIntExact(dimension);
        }
        double[] values =
                random.doubles(size).map(ignored -> random.nextGaussian()).toArray();
        return Nd4j.createFromArray(values).reshape('c', shape);
    }

    /**
     * Holds a gradient against differences of the weighted sum of an output.
     *
     * @param x contiguous input that {@code output} reads; changed element by element and restored
     * @param output computes the output anew from x
     * @param weights of the output's elements in the sum: the incoming gradient
     * @param gradient what the backward pass says of x
     */
    void check(String what, INDArray x, Supplier<INDArray> output, INDArray weights, INDArray gradient) {
        double[] analytic = Copies.doubles(gradient);
        double[] numeric = new double[Math.toIntExact(x.length())];
        for (int i = 0; i < numeric.length; i++) {
            double value = x.data().getDouble(i);
            x.data().put(i, value + STEP);
            double above = weightedSum(output.get(), weights);
            x.data().put(i, value - STEP);
            double below = weightedSum(output.get(), weights);
            x.data().put(i, value);
            numeric[i] = (above - below) / (2 * STEP);
        }
        double largest = 1;
        for (double element : numeric) {
            largest = Math.max(largest, Math.abs(element));
        }
        assertThat(analytic).as("%s (seed %d)", what, seed).containsExactly(numeric, within(TOLERANCE * largest));
    }

    private static double weightedSum(INDArray output, INDArray weights) {
        double[] values = Copies.doubles(output);
        double[] factors = Copies.doubles(weights);
        double sum = 0;
        for (int i = 0; i < values.length; i++) {
            sum += values[i] * factors[i];
        }
        return sum;
    }
}
