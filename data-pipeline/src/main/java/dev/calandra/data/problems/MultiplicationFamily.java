package dev.calandra.data.problems;

/** Products by partial products: one factor is split into its places, the parts are multiplied and added up. */
final class MultiplicationFamily implements ProblemFamily {
    @Override
    public String name() {
        return "multiplication";
    }

    @Override
    public Worked make(Draw draw) {
        int a = draw.withDigits(draw.between(2, 4));
        int b = draw.withDigits(draw.between(1, 3));
        String question = draw.oneOf(
                        "What is %d * %d?",
                        "Multiply %d by %d.",
                        "Find the product of %d and %d.",
                        "Work out %d * %d with partial products.")
                .formatted(a, b);
        Worked.Steps steps = new Worked.Steps();
        if (b < 10) {
            sum(steps, a, b);
            return steps.answer(question, (long) a * b);
        }
        steps.say("Split %d into its places.", b);
        long total = 0;
        for (int place = 1, rest = b; rest > 0; rest /= 10, place *= 10) {
            int part = rest % 10 * place;
            if (part > 0) {
                long product = (long) a * part;
                steps.say("%d * %d = %d.", a, part, product);
                if (total > 0) {
                    steps.say("%d + %d = %d.", total, product, total + product);
                }
                total += product;
            }
        }
        steps.say("%d * %d = %d.", a, b, total);
        return steps.answer(question, total);
    }

    /** The product by a single digit, place by place of the longer factor. */
    private static void sum(Worked.Steps steps, int a, int digit) {
        long total = 0;
        for (int place = 1, rest = a; rest > 0; rest /= 10, place *= 10) {
            int part = rest % 10 * place;
            long product = (long) part * digit;
            if (part > 0) {
                steps.say("%d * %d = %d.", part, digit, product);
                if (total > 0) {
                    steps.say("%d + %d = %d.", total, product, total + product);
                }
                total += product;
            }
        }
        steps.say("%d * %d = %d.", a, digit, total);
    }
}
