package dev.calandra.laws.table;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;

/**
 * Arithmetic over columns: {@code + - * / ^}, parentheses, {@code log} (natural), {@code log2}, {@code log10}, {@code exp}, {@code sqrt},
 * {@code abs}, {@code min}, {@code max}. A name is a column, in quotes or not; the longest column that fits is taken, so names may hold
 * blanks. A whole text that is a column's name is that column, whatever it looks like.
 */
final class ExpressionParser {
    private static final Map<String, DoubleUnaryOperator> FUNCTIONS = Map.of(
            "log", Math::log,
            "ln", Math::log,
            "log2", x -> Math.log(x) / Math.log(2),
            "log10", Math::log10,
            "exp", Math::exp,
            "sqrt", Math::sqrt,
            "abs", Math::abs);
    private static final Map<String, DoubleBinaryOperator> BINARY_FUNCTIONS =
            Map.of("min", Math::min, "max", Math::max);

    private final String text;
    private final Names names;
    private final boolean variablesFirst;
    private final List<String> candidates;
    private int at;

    private ExpressionParser(String text, Names names, boolean variablesFirst) {
        this.text = text;
        this.names = names;
        this.variablesFirst = variablesFirst;
        this.candidates = names.longestFirst();
    }

    /**
     * Parses an expression.
     *
     * @param variablesFirst whether a name that is both means the mapped variable, not the column
     * @throws dev.calandra.configs.CalandraException with the place, if it is not an expression over known names
     */
    static Expression parse(String text, Names names, boolean variablesFirst) {
        String whole = text.strip();
        Optional<Expression> name = variablesFirst ? names.variableFirst(whole) : names.inMap(whole);
        if (name.isPresent()) {
            return name.get();
        }
        ExpressionParser parser = new ExpressionParser(whole, names, variablesFirst);
        Expression expression = parser.sum();
        parser.skipBlanks();
        if (parser.at < whole.length()) {
            throw parser.wrong("what follows \"%s\" is not understood".formatted(whole.substring(0, parser.at)));
        }
        return expression;
    }

    private Expression sum() {
        Expression left = product();
        while (true) {
            if (take('+')) {
                left = combine(left, product(), (a, b) -> a + b);
            } else if (take('-')) {
                left = combine(left, product(), (a, b) -> a - b);
            } else {
                return left;
            }
        }
    }

    private Expression product() {
        Expression left = signed();
        while (true) {
            if (text.startsWith("**", at)) {
                throw wrong("powers are written with ^");
            }
            if (take('*')) {
                left = combine(left, signed(), (a, b) -> a * b);
            } else if (take('/')) {
                left = combine(left, signed(), (a, b) -> a / b);
            } else {
                return left;
            }
        }
    }

    /** A minus binds less than a power: -2^2 is -4. */
    private Expression signed() {
        if (take('-')) {
            Expression operand = signed();
            return row -> -operand.at(row);
        }
        if (take('+')) {
            return signed();
        }
        Expression base = atom();
        return take('^') ? combine(base, signed(), Math::pow) : base;
    }

    private Expression atom() {
        skipBlanks();
        if (at >= text.length()) {
            throw wrong("the expression ends where a number or a column is expected");
        }
        if (take('(')) {
            Expression inner = sum();
            expect(')');
            return inner;
        }
        char c = text.charAt(at);
        if (c == '"' || c == '\'' || c == '`') {
            int end = text.indexOf(c, at + 1);
            if (end < 0) {
                throw wrong("a quote is not closed");
            }
            String name = text.substring(at + 1, end);
            at = end + 1;
            Optional<Expression> column = variablesFirst ? Optional.empty() : names.column(name);
            return column.orElseGet(() -> named(name));
        }
        return Character.isDigit(c) || c == '.' ? number() : word();
    }

    private Expression number() {
        int start = at;
        while (at < text.length() && (Character.isDigit(text.charAt(at)) || text.charAt(at) == '.')) {
            at++;
        }
        String rest = text.substring(at);
        if (rest.matches("(?s)[eE][+-]?\\d.*")) {
            at += 2;
            while (at < text.length() && Character.isDigit(text.charAt(at))) {
                at++;
            }
        }
        String digits = text.substring(start, at);
        try {
            double value = Double.parseDouble(digits);
            return row -> value;
        } catch (NumberFormatException e) {
            throw wrong("\"%s\" is not a number".formatted(digits));
        }
    }

    private Expression word() {
        for (String name : candidates) {
            if (text.startsWith(name, at) && !continues(at + name.length(), name) && !isCall(name)) {
                at += name.length();
                return named(name);
            }
        }
        int start = at;
        while (at < text.length()
                && (Character.isLetterOrDigit(text.charAt(at)) || "_.".indexOf(text.charAt(at)) >= 0)) {
            at++;
        }
        if (at == start) {
            throw wrong("\"%s\" is not understood".formatted(text.charAt(at)));
        }
        String word = text.substring(start, at);
        if (take('(')) {
            return call(word);
        }
        return named(word);
    }

    private boolean isCall(String name) {
        return (FUNCTIONS.containsKey(name) || BINARY_FUNCTIONS.containsKey(name))
                && text.startsWith("(", at + name.length());
    }

    private boolean continues(int end, String name) {
        boolean wordy = Character.isLetterOrDigit(name.charAt(name.length() - 1));
        return wordy && end < text.length() && (Character.isLetterOrDigit(text.charAt(end)) || text.charAt(end) == '_');
    }

    private Expression call(String function) {
        Expression argument = sum();
        if (BINARY_FUNCTIONS.containsKey(function)) {
            expect(',');
            Expression second = sum();
            expect(')');
            return combine(argument, second, BINARY_FUNCTIONS.get(function));
        }
        expect(')');
        DoubleUnaryOperator operator = FUNCTIONS.get(function);
        if (operator == null) {
            throw wrong("there is no function %s; there are log, log2, log10, exp, sqrt, abs, min, max"
                    .formatted(function));
        }
        return row -> operator.applyAsDouble(argument.at(row));
    }

    private Expression named(String name) {
        Optional<Expression> known = variablesFirst ? names.variableFirst(name) : names.inMap(name);
        return known.orElseThrow(() -> wrong(
                "there is no column \"%s\"; %s".formatted(name, names.table().hint(name))));
    }

    private static Expression combine(Expression left, Expression right, DoubleBinaryOperator operator) {
        return row -> operator.applyAsDouble(left.at(row), right.at(row));
    }

    private boolean take(char wanted) {
        skipBlanks();
        if (at < text.length() && text.charAt(at) == wanted) {
            at++;
            return true;
        }
        return false;
    }

    private void expect(char wanted) {
        if (!take(wanted)) {
            throw wrong("\"%s\" is missing at character %d".formatted(wanted, at + 1));
        }
    }

    private void skipBlanks() {
        while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
            at++;
        }
    }

    private RuntimeException wrong(String what) {
        return Wrong.usage("expression \"%s\": %s".formatted(text, what));
    }
}
