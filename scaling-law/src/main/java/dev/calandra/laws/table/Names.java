package dev.calandra.laws.table;

import dev.calandra.configs.DataException;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * What names in expressions stand for: columns of a table, and the variables that a map computes from them. In an expression of the
 * user's map a name is the column of exactly that name; or the mapped variable, unless that is the one being defined; or the column whose
 * name differs in case alone. A name that is a column and mapped to something else would be one or the other by accident, and is refused
 * unless it stands in quotes, which mean the column.
 */
final class Names {
    private final RunTable table;
    private final Map<String, String> chosen;
    private final Map<String, String> usual;
    private final Map<String, Expression> parsed = new LinkedHashMap<>();
    private final Deque<String> beingParsed = new ArrayDeque<>();

    /**
     * @param chosen expressions of the user's map, by variable
     * @param usual expressions of variables that the user does not map: a column, or computed from other variables
     */
    Names(RunTable table, Map<String, String> chosen, Map<String, String> usual) {
        this.table = table;
        this.chosen = chosen;
        this.usual = usual;
    }

    RunTable table() {
        return table;
    }

    /**
     * What a name in the user's map stands for.
     *
     * @throws dev.calandra.configs.CalandraException if it is a column and mapped to something else
     */
    Optional<Expression> inMap(String name) {
        boolean isDefined = !name.equals(beingParsed.peek());
        if (table.has(name)) {
            if (isDefined && chosen.containsKey(name) && redefines(name)) {
                throw Wrong.usage(
                        "--map: %s is a column, and mapped to %s: write `%s` for the column, or the expression itself for what is mapped"
                                .formatted(name, chosen.get(name), name));
            }
            return column(name);
        }
        return (isDefined && chosen.containsKey(name) ? mapped(name) : Optional.<Expression>empty())
                .or(() -> column(name))
                .or(() -> mapped(name));
    }

    /** A mapped variable, or a column where none has that name. */
    Optional<Expression> variableFirst(String name) {
        return mapped(name).or(() -> column(name));
    }

    /** All names, longest first, so that "loss (nats)" is found before "loss". */
    List<String> longestFirst() {
        return Stream.of(table.columns(), chosen.keySet(), usual.keySet())
                .flatMap(Collection::stream)
                .distinct()
                .sorted(Comparator.comparingInt(String::length).reversed())
                .toList();
    }

    Optional<Expression> column(String name) {
        OptionalInt index = table.column(name);
        if (index.isEmpty()) {
            return Optional.empty();
        }
        int column = index.getAsInt();
        return Optional.of(row -> number(row, column));
    }

    /** Whether the map gives a name another meaning than the column of that name has. */
    boolean redefines(String name) {
        String expression = expression(name);
        return expression != null && !expression.equals(name);
    }

    private String expression(String name) {
        return chosen.getOrDefault(name, usual.get(name));
    }

    /** @throws dev.calandra.configs.CalandraException if variables are defined by one another in a circle */
    private Optional<Expression> mapped(String name) {
        String text = expression(name);
        if (text == null) {
            return Optional.empty();
        }
        Expression known = parsed.get(name);
        if (known != null) {
            return Optional.of(known);
        }
        if (beingParsed.contains(name)) {
            throw Wrong.usage("--map: %s is defined by itself: %s".formatted(name, text));
        }
        beingParsed.push(name);
        Expression expression = ExpressionParser.parse(text, this, isDerived(name));
        beingParsed.pop();
        parsed.put(name, expression);
        return Optional.of(expression);
    }

    /** Whether a variable is computed from other variables, which no user's map does by the names of columns. */
    private boolean isDerived(String name) {
        return !chosen.containsKey(name)
                && column(usual.get(name).replace("\"", "")).isEmpty();
    }

    private double number(Row row, int column) {
        String cell = row.cells()[column];
        if (table.commasMayBeDecimal() && CellNumber.isAmbiguous(cell)) {
            throw new DataException(
                    "%s:%d: column \"%s\" holds \"%s\", which may be %s or %s; write it without the comma."
                            .formatted(
                                    table.source(),
                                    row.line(),
                                    table.columns().get(column),
                                    cell,
                                    cell.replace(",", ""),
                                    cell.replace(',', '.')));
        }
        OptionalDouble number = CellNumber.parse(cell);
        return number.orElseThrow(() -> new DataException("%s:%d: column \"%s\" holds \"%s\" where a number is needed."
                .formatted(table.source(), row.line(), table.columns().get(column), cell)));
    }
}
