package dev.calandra.data.problems;

import java.math.BigInteger;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the final answer out of a text that a model wrote and compares it by value: 1,250 is 1250, 2/4 is 0.5, $3.50 is 7/2; units, a full
 * stop and letter case do not count. Anything else, such as a time or a product of primes, must be the same text. An answer with a remainder
 * ("17 remainder 3") equals only the same quotient and remainder.
 */
public final class AnswerChecker {
    /** Begins the line of the answer. */
    public static final String MARK = "Answer:";

    private static final Pattern REMAINDER = Pattern.compile("(-?\\d+)\\s*(?:r|remainder)\\s*(\\d+)\\b\\D*");
    private static final Pattern NUMBER =
            Pattern.compile("(-?)(\\d{1,40})(?:\\.(\\d{1,40})|\\s*/\\s*(\\d{1,40}))?\\D*");

    private AnswerChecker() {}

    /** The text after the last answer mark, up to the end of its line. */
    public static Optional<String> answerIn(String text) {
        int mark = text.lastIndexOf(MARK);
        if (mark < 0) {
            return Optional.empty();
        }
        String rest = text.substring(mark + MARK.length());
        String line = rest.lines().findFirst().orElse("").strip();
        return line.isEmpty() ? Optional.empty() : Optional.of(line);
    }

    /** Whether a generated text ends in the right answer to a problem. */
    public static boolean isCorrect(Problem problem, String generated) {
        return answerIn(generated)
                .map(answer -> sameValue(answer, problem.answer()))
                .orElse(false);
    }

    /** Whether two answers mean the same. */
    static boolean sameValue(String one, String other) {
        return canonical(one).equals(canonical(other));
    }

    private static String canonical(String answer) {
        String plain = answer.strip().toLowerCase(Locale.ROOT).replaceAll("(?<=\\d),(?=\\d{3})", "");
        plain = plain.replaceAll("^[$x= ]+", "").replaceAll("[.\\s]+$", "").replaceAll("\\s+", " ");
        Matcher remainder = REMAINDER.matcher(plain);
        if (remainder.matches()) {
            return new BigInteger(remainder.group(1)) + " remainder " + new BigInteger(remainder.group(2));
        }
        Matcher number = NUMBER.matcher(plain);
        return number.matches() ? reduced(number) : plain;
    }

    /** The number as a reduced fraction. */
    private static String reduced(Matcher number) {
        String decimals = number.group(3) == null ? "" : number.group(3);
        BigInteger numerator = new BigInteger(number.group(1) + number.group(2) + decimals);
        BigInteger denominator =
                number.group(4) == null ? BigInteger.TEN.pow(decimals.length()) : new BigInteger(number.group(4));
        if (denominator.signum() == 0) {
            return number.group();
        }
        BigInteger divisor = numerator.gcd(denominator);
        return numerator.divide(divisor) + "/" + denominator.divide(divisor);
    }
}
