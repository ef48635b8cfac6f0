package dev.calandra.data.problems;

import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Next terms, n-th terms and sums of arithmetic, geometric and growing-step sequences. */
final class SequenceFamily implements ProblemFamily {
    @Override
    public String name() {
        return "sequences";
    }

    @Override
    public Worked make(Draw draw) {
        return switch (draw.between(0, 3)) {
            case 0 -> nextTerm(draw);
            case 1 -> farTerm(draw);
            case 2 -> geometric(draw);
            default -> sum(draw);
        };
    }

    private static Worked nextTerm(Draw draw) {
        int start = draw.between(1, 50);
        int step = draw.between(2, 25);
        int growth = draw.between(0, 4);
        int[] terms = new int[6];
        terms[0] = start;
        for (int i = 1; i < terms.length; i++) {
            terms[i] = terms[i - 1] + step + growth * (i - 1);
        }
        Worked.Steps steps = new Worked.Steps().say("Look at the differences.");
        for (int i = 1; i < 5; i++) {
            steps.say("%d - %d = %d.", terms[i], terms[i - 1], terms[i] - terms[i - 1]);
        }
        steps.say(
                growth == 0 ? "Each step is %2$d." : "Each step is %d more than the one before, so the next is %d.",
                growth,
                terms[5] - terms[4]);
        steps.say("%d + %d = %d.", terms[4], terms[5] - terms[4], terms[5]);
        return steps.answer("What comes next: %s, ...?".formatted(list(terms, 5)), terms[5]);
    }

    private static Worked farTerm(Draw draw) {
        int start = draw.between(1, 40);
        int step = draw.between(2, 15);
        int n = draw.between(8, 60);
        int[] terms = IntStream.range(0, 4).map(i -> start + i * step).toArray();
        return Worked.of(
                "A sequence begins %s and goes on with the same step. What is its term number %d?"
                        .formatted(list(terms, 4), n),
                start + (n - 1L) * step,
                "The step is %d - %d = %d.".formatted(terms[1], start, step),
                "From the first term to number %d there are %d - 1 = %d steps.".formatted(n, n, n - 1),
                "%d * %d = %d.".formatted(n - 1, step, (n - 1) * step),
                "%d + %d = %d.".formatted(start, (n - 1) * step, start + (n - 1) * step));
    }

    private static Worked geometric(Draw draw) {
        int start = draw.between(1, 9);
        int factor = draw.between(2, 5);
        int[] terms = new int[5];
        terms[0] = start;
        for (int i = 1; i < terms.length; i++) {
            terms[i] = terms[i - 1] * factor;
        }
        return Worked.of(
                "What comes next: %s, ...?".formatted(list(terms, 4)),
                terms[4],
                "Each term is a multiple of the one before: %d / %d = %d and %d / %d = %d."
                        .formatted(terms[1], start, factor, terms[2], terms[1], factor),
                "%d * %d = %d.".formatted(terms[3], factor, terms[4]));
    }

    private static Worked sum(Draw draw) {
        int first = draw.between(1, 20);
        int step = draw.between(1, 9);
        int n = draw.between(5, 30);
        int last = first + (n - 1) * step;
        int pair = first + last;
        return Worked.of(
                "Add up the numbers from %d to %d in steps of %d.".formatted(first, last, step),
                (long) n * pair / 2,
                "From %d to %d it is %d - %d = %d, and %d / %d = %d steps."
                        .formatted(first, last, last, first, last - first, last - first, step, n - 1),
                "So there are %d + 1 = %d numbers.".formatted(n - 1, n),
                "The first and the last add up to %d + %d = %d, and so does every such pair."
                        .formatted(first, last, pair),
                "%d * %d = %d.".formatted(n, pair, n * pair),
                "That counts everything twice: %d / 2 = %d.".formatted(n * pair, n * pair / 2));
    }

    private static String list(int[] terms, int count) {
        return IntStream.range(0, count)
                .mapToObj(i -> Integer.toString(terms[i]))
                .collect(Collectors.joining(", "));
    }
}
