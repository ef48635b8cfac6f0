package dev.calandra.data.problems;

/** A percentage of a number, a rise or a fall by a percentage, and one number as a percentage of another. */
final class PercentageFamily implements ProblemFamily {
    @Override
    public String name() {
        return "percentages";
    }

    @Override
    public Worked make(Draw draw) {
        return switch (draw.between(0, 3)) {
            case 0 -> part(draw);
            case 1 -> change(draw, true);
            case 2 -> change(draw, false);
            default -> ratio(draw);
        };
    }

    private static Worked part(Draw draw) {
        int percent = draw.between(1, 99);
        int base = draw.between(2, 900);
        String question = draw.oneOf("What is %d%% of %d?", "Find %d%% of %d.").formatted(percent, base);
        return new Worked.Steps()
                .say("%d%% means %d for every 100.", percent, percent)
                .say("%d * %d = %d.", base, percent, base * percent)
                .say("%d / 100 = %s.", base * percent, Arithmetic.hundredths(base * percent))
                .answer(question, Arithmetic.hundredths(base * percent));
    }

    private static Worked change(Draw draw, boolean rise) {
        int percent = 5 * draw.between(1, 19);
        int base = 20 * draw.between(1, 60);
        int change = base * percent / 100;
        String thing = draw.oneOf("coat", "bicycle", "lamp", "guitar", "tent", "table", "camera", "pair of boots");
        String question = (rise
                        ? draw.oneOf(
                                "A %s costs $%d. Its price rises by %d%%. What does it cost now?",
                                "The price of a %s was $%d and went up by %d%%. What is the new price?")
                        : draw.oneOf(
                                "A %s costs $%d and is sold at a discount of %d%%. What is the sale price?",
                                "The price of a %s was $%d and fell by %d%%. What is the new price?"))
                .formatted(thing, base, percent);
        return new Worked.Steps()
                .say(
                        "%d%% of %d: %d * %d = %d, %d / 100 = %d.",
                        percent, base, base, percent, base * percent, base * percent, change)
                .say(
                        rise ? "Add the rise: %d + %d = %d." : "Take off the discount: %d - %d = %d.",
                        base,
                        change,
                        rise ? base + change : base - change)
                .answer(question, rise ? base + change : base - change);
    }

    private static Worked ratio(Draw draw) {
        int percent = draw.between(1, 19) * 5;
        int whole = 20 * draw.between(1, 30);
        int part = whole * percent / 100;
        String question = draw.oneOf(
                        "%d of %d seats are taken. What percentage is that?",
                        "A test has %2$d points and %3$s scores %1$d. What percentage is that?",
                        "What percentage of %2$d is %1$d?")
                .formatted(part, whole, draw.pick(Cast.NAMES));
        return new Worked.Steps()
                .say("Multiply the part by 100: %d * 100 = %d.", part, part * 100)
                .say("Divide by the whole: %d / %d = %d.", part * 100, whole, percent)
                .answer(question, percent + "%");
    }
}
