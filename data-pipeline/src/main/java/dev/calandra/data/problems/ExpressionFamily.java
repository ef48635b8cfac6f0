package dev.calandra.data.problems;

/** Expressions with several operations, where the order of operations matters. */
final class ExpressionFamily implements ProblemFamily {
    @Override
    public String name() {
        return "expressions";
    }

    @Override
    public Worked make(Draw draw) {
        int a = draw.between(2, 40);
        int b = draw.between(2, 20);
        int c = draw.between(2, 12);
        int d = draw.between(1, 50);
        String ask = draw.oneOf("Evaluate %s.", "What is %s?", "Work out %s.");
        return switch (draw.between(0, 3)) {
            case 0 ->
                Worked.of(
                        ask.formatted("%d + %d * %d - %d".formatted(a, b, c, d)),
                        a + b * c - d,
                        "Multiplication comes first: %d * %d = %d.".formatted(b, c, b * c),
                        "%d + %d = %d.".formatted(a, b * c, a + b * c),
                        "%d - %d = %d.".formatted(a + b * c, d, a + b * c - d));
            case 1 ->
                Worked.of(
                        ask.formatted("(%d + %d) * %d - %d".formatted(a, b, c, d)),
                        (a + b) * c - d,
                        "The bracket comes first: %d + %d = %d.".formatted(a, b, a + b),
                        "%d * %d = %d.".formatted(a + b, c, (a + b) * c),
                        "%d - %d = %d.".formatted((a + b) * c, d, (a + b) * c - d));
            case 2 ->
                Worked.of(
                        ask.formatted("%d * %d + %d * %d".formatted(a, b, c, d)),
                        a * b + c * d,
                        "Both products come first: %d * %d = %d and %d * %d = %d.".formatted(a, b, a * b, c, d, c * d),
                        "%d + %d = %d.".formatted(a * b, c * d, a * b + c * d));
            default ->
                Worked.of(
                        ask.formatted("%d / %d + %d * (%d - %d)".formatted(a * b, b, c, d + b, b)),
                        a + c * d,
                        "The bracket comes first: %d - %d = %d.".formatted(d + b, b, d),
                        "Then division and multiplication: %d / %d = %d and %d * %d = %d."
                                .formatted(a * b, b, a, c, d, c * d),
                        "%d + %d = %d.".formatted(a, c * d, a + c * d));
        };
    }
}
