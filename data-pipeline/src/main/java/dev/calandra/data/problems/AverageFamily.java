package dev.calandra.data.problems;

import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Averages, medians, ranges, and the value that an average asks for. */
final class AverageFamily implements ProblemFamily {
    @Override
    public String name() {
        return "averages";
    }

    @Override
    public Worked make(Draw draw) {
        int count = draw.between(3, 6);
        int average = draw.between(10, 60);
        int[] values = valuesWithAverage(draw, count, average);
        return switch (draw.between(0, 2)) {
            case 0 -> average(draw, values, average);
            case 1 -> median(draw, values);
            default -> missing(draw, values, average);
        };
    }

    private static Worked average(Draw draw, int[] values, int average) {
        String question = draw.oneOf(
                        "What is the average of %s?",
                        "Find the mean of %s.",
                        "On %2$d days the thermometer showed %1$s degrees. What was the average?")
                .formatted(list(values), values.length);
        Worked.Steps steps = new Worked.Steps();
        int sum = addUp(steps, values, values.length);
        return steps.say("%d / %d = %d.", sum, values.length, average).answer(question, average);
    }

    private static Worked median(Draw draw, int[] values) {
        int[] odd =
                values.length % 2 == 1 ? values : IntStream.of(values).skip(1).toArray();
        int[] sorted = IntStream.of(odd).sorted().toArray();
        if (draw.coin()) {
            int low = sorted[0];
            int high = sorted[sorted.length - 1];
            return Worked.of(
                    "What is the range of %s (largest minus smallest)?".formatted(list(odd)),
                    high - low,
                    "The largest is %d and the smallest is %d.".formatted(high, low),
                    "%d - %d = %d.".formatted(high, low, high - low));
        }
        return Worked.of(
                "What is the median of %s?".formatted(list(odd)),
                sorted[sorted.length / 2],
                "In order: %s.".formatted(list(sorted)),
                "The middle one of %d numbers is number %d: %d."
                        .formatted(sorted.length, sorted.length / 2 + 1, sorted[sorted.length / 2]));
    }

    private static Worked missing(Draw draw, int[] values, int average) {
        int count = values.length;
        String name = draw.pick(Cast.NAMES);
        Worked.Steps steps = new Worked.Steps()
                .say(
                        "For an average of %d over %d tests the points must add up to %d * %d = %d.",
                        average, count, average, count, average * count);
        int sum = addUp(steps, values, count - 1);
        steps.say("%d - %d = %d.", average * count, sum, values[count - 1]);
        String question = "%s has %s points in %d tests. How many points in the next test give an average of %d?"
                .formatted(name, list(IntStream.of(values).limit(count - 1L).toArray()), count - 1, average);
        return steps.answer(question, values[count - 1]);
    }

    private static int addUp(Worked.Steps steps, int[] values, int count) {
        int sum = values[0];
        for (int i = 1; i < count; i++) {
            steps.say("%d + %d = %d.", sum, values[i], sum + values[i]);
            sum += values[i];
        }
        return sum;
    }

    /** Values above 0 with a given mean of at least 10: neighbours move apart by the same amount, at most 9. */
    private static int[] valuesWithAverage(Draw draw, int count, int average) {
        int[] values = new int[count];
        Arrays.fill(values, average);
        for (int i = 0; i < count; i++) {
            int shift = draw.between(0, 9);
            values[i] += shift;
            values[(i + 1) % count] -= shift;
        }
        return values;
    }

    private static String list(int[] values) {
        return IntStream.of(values).mapToObj(Integer::toString).collect(Collectors.joining(", "));
    }
}
