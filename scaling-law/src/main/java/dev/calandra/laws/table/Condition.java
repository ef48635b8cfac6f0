package dev.calandra.laws.table;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.function.Predicate;

/**
 * Which rows to keep: comparisons ({@code = != < <= > >=}) joined by {@code and} and {@code or}, with {@code not} and parentheses. Left of
 * the operator stands an expression over columns and mapped variables; right of it another, or a text, in quotes or not. Equality compares
 * as text when either side is text, else as numbers. A comparison with a missing number is false.
 */
final class Condition {
    private static final List<String> OPERATORS = List.of("!=", "<=", ">=", "==", "≠", "≤", "≥", "=", "<", ">");

    private final String text;
    private final Names names;

    private Condition(String text, Names names) {
        this.text = text;
        this.names = names;
    }

    /** @throws dev.calandra.configs.CalandraException if it is no condition over known names */
    static Predicate<Row> parse(String text, Names names) {
        return new Condition(text, names).any(text);
    }

    private Predicate<Row> any(String part) {
        Predicate<Row> result = row -> false;
        for (String each : split(part, "or", "||")) {
            result = result.or(all(each));
        }
        return result;
    }

    private Predicate<Row> all(String part) {
        Predicate<Row> result = row -> true;
        for (String each : split(part, "and", "&&")) {
            result = result.and(one(each.strip()));
        }
        return result;
    }

    private Predicate<Row> one(String part) {
        if (part.toLowerCase(Locale.ROOT).startsWith("not ")) {
            return one(part.substring(4).strip()).negate();
        }
        if (part.startsWith("(") && part.endsWith(")") && outside(part).isEmpty()) {
            return any(part.substring(1, part.length() - 1));
        }
        Found operator = operator(part);
        if (operator == null) {
            throw Wrong.usage("condition \"%s\": \"%s\" is not a comparison such as dataset=c4 or parameters>1e9"
                    .formatted(text, part));
        }
        String left = part.substring(0, operator.at()).strip();
        String right =
                part.substring(operator.at() + operator.symbol().length()).strip();
        if (left.isEmpty() || right.isEmpty()) {
            throw Wrong.usage("condition \"%s\": \"%s\" lacks a side".formatted(text, part));
        }
        return comparison(left, operator.symbol(), right);
    }

    private Predicate<Row> comparison(String left, String operator, String right) {
        String unquoted = unquoted(left);
        OptionalInt column = names.table().column(unquoted);
        boolean equality = List.of("=", "==", "!=", "≠").contains(operator);
        if (equality && column.isPresent() && !names.redefines(unquoted)) {
            boolean wanted = operator.equals("=") || operator.equals("==");
            Predicate<Row> same = sameAs(column.getAsInt(), right);
            return row -> same.test(row) == wanted;
        }
        Expression a = ExpressionParser.parse(left, names, true);
        Expression b = rightNumber(right);
        return switch (operator) {
            case "=", "==" -> row -> a.at(row) == b.at(row);
            case "!=", "≠" -> row -> a.at(row) < b.at(row) || a.at(row) > b.at(row);
            case "<" -> row -> a.at(row) < b.at(row);
            case "<=", "≤" -> row -> a.at(row) <= b.at(row);
            case ">" -> row -> a.at(row) > b.at(row);
            default -> row -> a.at(row) >= b.at(row);
        };
    }

    private Expression rightNumber(String right) {
        OptionalDouble number = CellNumber.parse(right);
        if (number.isPresent()) {
            return row -> number.getAsDouble();
        }
        return ExpressionParser.parse(right, names, true);
    }

    /** Equality of a cell with a text, a number, or an expression over other columns. */
    private Predicate<Row> sameAs(int column, String right) {
        String literal = unquoted(right);
        boolean quoted = !literal.equals(right);
        OptionalDouble number = CellNumber.parse(literal);
        Optional<Expression> other =
                !quoted && right.matches("[\\w.]+") ? names.variableFirst(right) : Optional.empty();
        return row -> {
            String cell = row.cells()[column];
            OptionalDouble value = CellNumber.parse(cell);
            if (other.isPresent() && value.isPresent() && number.isEmpty()) {
                return value.getAsDouble() == other.get().at(row);
            }
            if (cell.equals(literal)) {
                return true;
            }
            return value.isPresent() && number.isPresent() && value.getAsDouble() == number.getAsDouble();
        };
    }

    private static String unquoted(String part) {
        boolean quoted = part.length() > 1
                && "\"'`".indexOf(part.charAt(0)) >= 0
                && part.indexOf(part.charAt(0), 1) == part.length() - 1;
        return quoted ? part.substring(1, part.length() - 1) : part;
    }

    private static Found operator(String part) {
        BitSet outside = outside(part);
        for (int i = outside.nextSetBit(0); i >= 0; i = outside.nextSetBit(i + 1)) {
            for (String symbol : OPERATORS) {
                if (part.startsWith(symbol, i)) {
                    return new Found(i, symbol);
                }
            }
        }
        return null;
    }

    /** Cuts at a word or symbol that stands outside quotes and parentheses. */
    private static List<String> split(String part, String word, String symbol) {
        List<String> pieces = new ArrayList<>();
        BitSet outside = outside(part);
        String spaced = " " + word + " ";
        int start = 0;
        for (int i = outside.nextSetBit(0); i >= 0; i = outside.nextSetBit(i + 1)) {
            int length = part.startsWith(symbol, i)
                    ? symbol.length()
                    // The second blank may be the first one of the next word.
                    : part.regionMatches(true, i, spaced, 0, spaced.length()) ? word.length() + 1 : 0;
            if (length > 0) {
                pieces.add(part.substring(start, i));
                start = i + length;
                i = start - 1;
            }
        }
        pieces.add(part.substring(start));
        return pieces;
    }

    /** The characters that stand outside quotes and parentheses, and are none of these themselves. */
    private static BitSet outside(String part) {
        BitSet outside = new BitSet(part.length());
        int depth = 0;
        for (int i = 0; i < part.length(); i++) {
            char c = part.charAt(i);
            if (isQuote(c)) {
                i = endOfQuote(part, i);
            } else if (c == '(') {
                depth++;
            } else if (c == ')') {
                depth--;
            } else if (depth == 0) {
                outside.set(i);
            }
        }
        return outside;
    }

    private static boolean isQuote(char c) {
        return c == '"' || c == '\'' || c == '`';
    }

    private static int endOfQuote(String part, int start) {
        int end = part.indexOf(part.charAt(start), start + 1);
        return end < 0 ? part.length() - 1 : end;
    }

    private record Found(int at, String symbol) {}
}
