package dev.calandra.laws.numeric;

import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.IntStream;

/**
 * Repeats a computation with random numbers. Every repetition has its own generator, made from the seed and its number, so that results do
 * not depend on how many threads share the work.
 *
 * @param repetitions how many
 * @param seed of all of them
 */
public record Resampling(int repetitions, long seed) {
    private static final RandomGeneratorFactory<RandomGenerator> GENERATORS =
            RandomGeneratorFactory.of("L64X128MixRandom");

    public Resampling {
        if (repetitions < 0) {
            throw new IllegalArgumentException("repetitions must not be negative, is " + repetitions);
        }
    }

    /** Results in order, those that are null left out. */
    public <T> List<T> run(Function<RandomGenerator, T> repetition) {
        return IntStream.range(0, repetitions)
                .parallel()
                .mapToObj(i -> repetition.apply(generator(i)))
                .filter(Objects::nonNull)
                .toList();
    }

    private RandomGenerator generator(int repetition) {
        return GENERATORS.create(seed * 0x9E3779B97F4A7C15L + repetition);
    }

    /** How often each of n things is drawn in n draws. */
    public static double[] counts(RandomGenerator random, int n) {
        double[] counts = new double[n];
        for (int i = 0; i < n; i++) {
            counts[random.nextInt(n)]++;
        }
        return counts;
    }
}
