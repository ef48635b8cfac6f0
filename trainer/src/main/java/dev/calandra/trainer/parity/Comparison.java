package dev.calandra.trainer.parity;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * One tensor of ours beside the expected one.
 *
 * @param name in the file of expected values
 * @param shape of the expected values
 * @param maximum largest absolute difference of two elements
 * @param error what is held against the limit; see {@link Measure}
 * @param where index, our value and the expected one at the largest difference; empty where all are equal
 */
public record Comparison(
        String name, List<Long> shape, Measure measure, double maximum, double error, double limit, String where) {

    /** How the error of a tensor is summed up. */
    public enum Measure {
        /** Largest absolute difference: for losses. */
        ABSOLUTE,
        /** Largest difference relative to the expected element: for gradient norms. */
        RELATIVE,
        /** 2-norm of the difference over the 2-norm of the expected tensor. */
        RELATIVE_L2,
        /** Share of elements that differ at all: for indices. */
        UNEQUAL
    }

    /** Whether the error is within the limit; NaN is not. */
    public boolean ok() {
        return error <= limit;
    }

    static Comparison of(
            String name, List<Long> shape, Measure measure, double limit, float[] actual, float[] expected) {
        if (actual.length != expected.length) {
            String lengths = actual.length + " values where " + expected.length + " are expected";
            return new Comparison(name, shape, measure, Double.NaN, Double.POSITIVE_INFINITY, limit, lengths);
        }
        int worst = worst(actual, expected);
        double maximum = worst < 0 ? 0 : Math.abs((double) actual[worst] - expected[worst]);
        double error = switch (measure) {
            case ABSOLUTE -> maximum;
            case RELATIVE -> relative(actual, expected);
            case RELATIVE_L2 -> relativeL2(actual, expected);
            case UNEQUAL -> unequal(actual, expected);
        };
        return new Comparison(
                name, shape, measure, maximum, error, limit, worst < 0 ? "" : at(shape, worst, actual, expected));
    }

    /** Index of the largest difference, NaN counting as the largest of all; -1 where all elements are equal. */
    private static int worst(float[] actual, float[] expected) {
        int worst = -1;
        double largest = 0;
        for (int i = 0; i < actual.length; i++) {
            double difference = Math.abs((double) actual[i] - expected[i]);
            if (Double.isNaN(difference)) {
                return i;
            }
            if (difference > largest) {
                largest = difference;
                worst = i;
            }
        }
        return worst;
    }

    private static double relative(float[] actual, float[] expected) {
        double largest = 0;
        for (int i = 0; i < actual.length; i++) {
            double difference = Math.abs((double) actual[i] - expected[i]);
            // Math.max hands a NaN on, which then fails the comparison with the limit.
            largest = Math.max(largest, difference == 0 ? 0 : difference / Math.abs((double) expected[i]));
        }
        return largest;
    }

    private static double relativeL2(float[] actual, float[] expected) {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < actual.length; i++) {
            double d = (double) actual[i] - expected[i];
            difference += d * d;
            norm += (double) expected[i] * expected[i];
        }
        return difference == 0 ? 0 : Math.sqrt(difference) / Math.sqrt(norm);
    }

    private static double unequal(float[] actual, float[] expected) {
        int count = 0;
        for (int i = 0; i < actual.length; i++) {
            count += actual[i] == expected[i] ? 0 : 1;
        }
        return actual.length == 0 ? 0 : (double) count / actual.length;
    }

    private static String at(List<Long> shape, int flat, float[] actual, float[] expected) {
        long[] index = new long[shape.size()];
        long rest = flat;
        for (int axis = index.length - 1; axis >= 0; axis--) {
            index[axis] = rest % shape.get(axis);
            rest /= shape.get(axis);
        }
        return String.format(
                Locale.ROOT, "at %s: got %.8g, expected %.8g", Arrays.toString(index), actual[flat], expected[flat]);
    }
}
