package dev.calandra.data.problems;

/** Linear equations with a whole solution: ax + b = c, ax + b = cx + d, a(x + b) = c, and two unknowns by their sum and difference. */
final class EquationFamily implements ProblemFamily {
    @Override
    public String name() {
        return "equations";
    }

    @Override
    public Worked make(Draw draw) {
        return switch (draw.between(0, 3)) {
            case 0 -> oneSide(draw);
            case 1 -> bothSides(draw);
            case 2 -> bracket(draw);
            default -> sumAndDifference(draw);
        };
    }

    private static Worked oneSide(Draw draw) {
        int a = draw.between(2, 15);
        int x = draw.between(-12, 20);
        int b = draw.between(1, 60);
        int c = a * x + b;
        return Worked.of(
                draw.oneOf("Solve for x: %dx + %d = %d.", "Find x if %dx + %d = %d.")
                        .formatted(a, b, c),
                x,
                "Subtract %d from both sides: %d - %d = %d, so %dx = %d.".formatted(b, c, b, c - b, a, c - b),
                "Divide both sides by %d: %d / %d = %d, so x = %d.".formatted(a, c - b, a, x, x));
    }

    private static Worked bothSides(Draw draw) {
        int c = draw.between(1, 9);
        int a = c + draw.between(1, 9);
        int x = draw.between(1, 20);
        int b = draw.between(1, 40);
        int d = (a - c) * x + b;
        return Worked.of(
                "Solve for x: %dx + %d = %dx + %d.".formatted(a, b, c, d),
                x,
                "Subtract %dx from both sides: %d - %d = %d, so %dx + %d = %d.".formatted(c, a, c, a - c, a - c, b, d),
                "Subtract %d: %d - %d = %d, so %dx = %d.".formatted(b, d, b, d - b, a - c, d - b),
                "Divide by %d: %d / %d = %d, so x = %d.".formatted(a - c, d - b, a - c, x, x));
    }

    private static Worked bracket(Draw draw) {
        int a = draw.between(2, 12);
        int b = draw.between(1, 20);
        int x = draw.between(1, 25);
        int c = a * (x + b);
        return Worked.of(
                "Solve for x: %d(x + %d) = %d.".formatted(a, b, c),
                x,
                "Divide both sides by %d: %d / %d = %d, so x + %d = %d.".formatted(a, c, a, x + b, b, x + b),
                "Subtract %d: %d - %d = %d, so x = %d.".formatted(b, x + b, b, x, x));
    }

    private static Worked sumAndDifference(Draw draw) {
        int small = draw.between(1, 60);
        int large = small + draw.between(1, 60);
        int sum = small + large;
        int difference = large - small;
        boolean askLarge = draw.coin();
        return Worked.of(
                "Two numbers add up to %d and differ by %d. What is the %s one?"
                        .formatted(sum, difference, askLarge ? "larger" : "smaller"),
                askLarge ? large : small,
                "The sum and the difference together are twice the larger number: %d + %d = %d."
                        .formatted(sum, difference, sum + difference),
                "The larger number: %d / 2 = %d.".formatted(sum + difference, large),
                "The smaller number: %d - %d = %d.".formatted(sum, large, small));
    }
}
