package dev.calandra.data.problems;

/** Whole-number arithmetic that several families share. */
final class Arithmetic {
    private Arithmetic() {}

    static int gcd(int a, int b) {
        return b == 0 ? Math.abs(a) : gcd(b, a % b);
    }

    static int lcm(int a, int b) {
        return a / gcd(a, b) * b;
    }

    /** A fraction as an answer: reduced, a whole number without denominator. */
    static String fraction(int numerator, int denominator) {
        int divisor = gcd(numerator, denominator);
        return denominator == divisor
                ? Integer.toString(numerator / divisor)
                : numerator / divisor + "/" + denominator / divisor;
    }

    /** Hundredths as a decimal number without needless zeros: 250 is 2.5. */
    static String hundredths(long value) {
        String sign = value < 0 ? "-" : "";
        long whole = Math.abs(value) / 100;
        long part = Math.abs(value) % 100;
        if (part == 0) {
            return sign + whole;
        }
        return sign + whole + (part % 10 == 0 ? "." + part / 10 : part < 10 ? ".0" + part : "." + part);
    }
}
