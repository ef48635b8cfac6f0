package dev.calandra.laws.table;

import java.util.Locale;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads numbers as people write them in tables: {@code 1e9}, {@code 1,000,000}, {@code 70M}, {@code 1.4T}, {@code NaN}. A comma groups
 * thousands; {@code 0,001} groups nothing, and is text.
 */
final class CellNumber {
    private static final Set<String> MISSING = Set.of("", "-", "nan", "na", "n/a", "none", "null", "#n/a", "?");
    private static final Pattern NUMBER =
            Pattern.compile("([+-]?(?:\\d+(?:\\.\\d*)?|\\.\\d+)(?:[eEdD][+-]?\\d+)?)\\s*([kKMmBbGgTt]?)");
    private static final Pattern GROUPED =
            Pattern.compile("[+-]?[1-9]\\d{0,2}(?:([,_'\\u00a0\\u2009\\u202f ])\\d{3})(?:\\1\\d{3})*(?:\\.\\d*)?");
    private static final Pattern INFINITE = Pattern.compile("([+-]?)(?:inf|infinity|∞)", Pattern.CASE_INSENSITIVE);

    private static final Pattern ONE_COMMA = Pattern.compile("[+-]?[1-9]\\d{0,2},\\d{3}");

    private CellNumber() {}

    /** Whether a cell is a number that a decimal comma would make another: {@code 1,234}. */
    static boolean isAmbiguous(String cell) {
        return ONE_COMMA.matcher(cell.strip()).matches();
    }

    /**
     * The number that a cell holds: NaN where it says that there is none.
     *
     * @return empty if the cell is text
     */
    static OptionalDouble parse(String cell) {
        String text = cell.strip();
        if (MISSING.contains(text.toLowerCase(Locale.ROOT))) {
            return OptionalDouble.of(Double.NaN);
        }
        if (GROUPED.matcher(text).matches()) {
            text = text.replaceAll("[,_'\\u00a0\\u2009\\u202f ]", "");
        }
        Matcher number = NUMBER.matcher(text.replace('−', '-'));
        if (number.matches()) {
            String digits = number.group(1).replace('d', 'e').replace('D', 'e');
            return OptionalDouble.of(Double.parseDouble(digits) * unit(number.group(2)));
        }
        Matcher infinite = INFINITE.matcher(text);
        if (infinite.matches()) {
            return OptionalDouble.of(
                    infinite.group(1).equals("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY);
        }
        return OptionalDouble.empty();
    }

    private static double unit(String suffix) {
        return switch (suffix) {
            case "k", "K" -> 1e3;
            case "m", "M" -> 1e6;
            case "b", "B", "g", "G" -> 1e9;
            case "t", "T" -> 1e12;
            default -> 1;
        };
    }
}
