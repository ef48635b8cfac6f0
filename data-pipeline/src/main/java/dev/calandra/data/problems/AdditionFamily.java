package dev.calandra.data.problems;

/** Sums of two or three numbers, column by column with carries. */
final class AdditionFamily implements ProblemFamily {
    private static final String[] COLUMNS = {
        "Ones", "Tens", "Hundreds", "Thousands", "Ten thousands", "Hundred thousands"
    };

    @Override
    public String name() {
        return "addition";
    }

    @Override
    public Worked make(Draw draw) {
        int a = draw.withDigits(draw.between(2, 5));
        int b = draw.withDigits(draw.between(2, 5));
        String question = draw.oneOf(
                        "What is %d + %d?",
                        "Add %d and %d.", "Work out %d + %d column by column.", "Find the sum of %d and %d.")
                .formatted(a, b);
        Worked.Steps steps = new Worked.Steps();
        columns(steps, a, b);
        if (draw.between(0, 3) > 0) {
            return steps.answer(question, a + b);
        }
        int c = draw.withDigits(draw.between(2, 4));
        steps.say("Together %d + %d = %d.", a, b, a + b).say("Now add %d.", c);
        columns(steps, a + b, c);
        return steps.answer("What is %d + %d + %d?".formatted(a, b, c), a + b + c);
    }

    private static void columns(Worked.Steps steps, int a, int b) {
        int carry = 0;
        int column = 0;
        for (int x = a, y = b; x > 0 || y > 0; x /= 10, y /= 10) {
            int sum = x % 10 + y % 10 + carry;
            String carried =
                    carry > 0 ? "%d + %d + %d".formatted(x % 10, y % 10, carry) : "%d + %d".formatted(x % 10, y % 10);
            carry = sum / 10;
            steps.say(
                    carry > 0 ? "%s: %s = %d, write %d, carry %d." : "%s: %s = %d, write %d.",
                    COLUMNS[column++],
                    carried,
                    sum,
                    sum % 10,
                    carry);
        }
        if (carry > 0) {
            steps.say("The carry %d goes in front.", carry);
        }
        steps.say("%d + %d = %d.", a, b, a + b);
    }
}
