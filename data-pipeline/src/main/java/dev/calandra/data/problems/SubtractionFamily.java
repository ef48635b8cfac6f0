package dev.calandra.data.problems;

/** Differences of two numbers, column by column with borrowing, and differences below zero. */
final class SubtractionFamily implements ProblemFamily {
    private static final String[] COLUMNS = {"Ones", "Tens", "Hundreds", "Thousands", "Ten thousands"};

    @Override
    public String name() {
        return "subtraction";
    }

    @Override
    public Worked make(Draw draw) {
        int a = draw.withDigits(draw.between(2, 5));
        int b = draw.withDigits(draw.between(2, 5));
        String question = draw.oneOf(
                        "What is %d - %d?",
                        "Compute %d - %d.", "Work out %d - %d column by column.", "How much is %d minus %d?")
                .formatted(a, b);
        Worked.Steps steps = new Worked.Steps();
        if (a >= b) {
            columns(steps, a, b);
        } else {
            steps.say("%d is less than %d, so the result is below zero: find %d - %d and change its sign.", a, b, b, a);
            columns(steps, b, a);
            steps.say("So %d - %d = %d.", a, b, a - b);
        }
        return steps.answer(question, a - b);
    }

    private static void columns(Worked.Steps steps, int a, int b) {
        int borrowed = 0;
        int column = 0;
        for (int x = a, y = b; x > 0; x /= 10, y /= 10) {
            int top = x % 10 - borrowed;
            int bottom = y % 10;
            String lent = borrowed > 0 ? " (one was borrowed)" : "";
            borrowed = top < bottom ? 1 : 0;
            int value = top + 10 * borrowed;
            steps.say(
                    "%s: %s%d - %d = %d%s.",
                    COLUMNS[column++], borrowed > 0 ? "borrow, " : "", value, bottom, value - bottom, lent);
        }
        steps.say("%d - %d = %d.", a, b, a - b);
    }
}
