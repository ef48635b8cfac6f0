package dev.calandra.data.problems;

/** Long division, digit by digit, with and without a remainder. */
final class DivisionFamily implements ProblemFamily {
    @Override
    public String name() {
        return "division";
    }

    @Override
    public Worked make(Draw draw) {
        int divisor = draw.coin() ? draw.between(2, 9) : draw.between(11, 49);
        int quotient = draw.withDigits(draw.between(2, 3));
        int remainder = draw.coin() ? 0 : draw.between(1, divisor - 1);
        int dividend = divisor * quotient + remainder;
        String question = draw.oneOf(
                        "Divide %d by %d. If it does not come out even, give the remainder.",
                        "What is %d divided by %d, with remainder?",
                        "How many times does %d contain %d, and what is left over?",
                        "Use long division: %d / %d.")
                .formatted(dividend, divisor);
        Worked.Steps steps = new Worked.Steps();
        int current = 0;
        boolean started = false;
        for (char digit : Integer.toString(dividend).toCharArray()) {
            current = 10 * current + (digit - '0');
            int times = current / divisor;
            started |= times > 0;
            if (started) {
                int left = current % divisor;
                steps.say(
                        "%d goes into %d %s: %d * %d = %d, %d - %d = %d.",
                        divisor,
                        current,
                        times == 1 ? "once" : times + " times",
                        divisor,
                        times,
                        divisor * times,
                        current,
                        divisor * times,
                        left);
                current = left;
            }
        }
        steps.say("The quotient is %d and the remainder is %d.", quotient, remainder);
        steps.say(
                "Check: %d * %d = %d and %d + %d = %d.",
                divisor, quotient, divisor * quotient, divisor * quotient, remainder, dividend);
        return steps.answer(
                question, remainder == 0 ? Integer.toString(quotient) : quotient + " remainder " + remainder);
    }
}
