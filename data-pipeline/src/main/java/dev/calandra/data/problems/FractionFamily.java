package dev.calandra.data.problems;

/** The four operations on fractions, and which of two fractions is larger. */
final class FractionFamily implements ProblemFamily {
    @Override
    public String name() {
        return "fractions";
    }

    @Override
    public Worked make(Draw draw) {
        int b = draw.between(2, 12);
        int a = draw.between(1, b - 1);
        int d = draw.between(2, 12);
        int c = draw.between(1, d - 1);
        return switch (draw.between(0, 4)) {
            case 0 -> sum(draw, a, b, c, d, '+');
            case 1 -> sum(draw, a, b, c, d, '-');
            case 2 -> product(a, b, c, d);
            case 3 -> quotient(a, b, c, d);
            default -> larger(a, b, c, d);
        };
    }

    private static Worked sum(Draw draw, int a, int b, int c, int d, char operator) {
        int common = Arithmetic.lcm(b, d);
        int left = a * (common / b);
        int right = c * (common / d);
        int top = operator == '+' ? left + right : left - right;
        String question = draw.oneOf(
                        "Compute %d/%d %c %d/%d and reduce the result.", "What is %d/%d %c %d/%d in lowest terms?")
                .formatted(a, b, operator, c, d);
        Worked.Steps steps = new Worked.Steps()
                .say("The common denominator of %d and %d is %d.", b, d, common)
                .say("%d/%d becomes %d/%d, and %d/%d becomes %d/%d.", a, b, left, common, c, d, right, common)
                .say("%d %c %d = %d, so the result is %d/%d.", left, operator, right, top, top, common);
        reduce(steps, top, common);
        return steps.answer(question, Arithmetic.fraction(top, common));
    }

    private static Worked product(int a, int b, int c, int d) {
        Worked.Steps steps = new Worked.Steps()
                .say("Numerators: %d * %d = %d.", a, c, a * c)
                .say("Denominators: %d * %d = %d.", b, d, b * d);
        reduce(steps, a * c, b * d);
        return steps.answer(
                "Multiply %d/%d by %d/%d and reduce.".formatted(a, b, c, d), Arithmetic.fraction(a * c, b * d));
    }

    private static Worked quotient(int a, int b, int c, int d) {
        Worked.Steps steps = new Worked.Steps()
                .say("Dividing by %d/%d is multiplying by %d/%d.", c, d, d, c)
                .say("Numerators: %d * %d = %d.", a, d, a * d)
                .say("Denominators: %d * %d = %d.", b, c, b * c);
        reduce(steps, a * d, b * c);
        return steps.answer(
                "Divide %d/%d by %d/%d and reduce.".formatted(a, b, c, d), Arithmetic.fraction(a * d, b * c));
    }

    private static Worked larger(int a, int b, int c, int d) {
        int left = a * d;
        int right = c * b;
        String question = "Which is larger, %d/%d or %d/%d?".formatted(a, b, c, d);
        Worked.Steps steps =
                new Worked.Steps().say("Multiply crosswise: %d * %d = %d and %d * %d = %d.", a, d, left, c, b, right);
        if (left == right) {
            return steps.say("%d equals %d, so they are equal.", left, right).answer(question, "equal");
        }
        String answer = left > right ? a + "/" + b : c + "/" + d;
        return steps.say("%d is more than %d, so %s is larger.", Math.max(left, right), Math.min(left, right), answer)
                .answer(question, answer);
    }

    private static void reduce(Worked.Steps steps, int top, int bottom) {
        int divisor = Arithmetic.gcd(top, bottom);
        if (divisor == 1) {
            steps.say("%d and %d have no common divisor, so %d/%d is in lowest terms.", top, bottom, top, bottom);
        } else {
            steps.say(
                    "Both are divisible by %d: %d / %d = %d and %d / %d = %d.",
                    divisor, top, divisor, top / divisor, bottom, divisor, bottom / divisor);
        }
    }
}
