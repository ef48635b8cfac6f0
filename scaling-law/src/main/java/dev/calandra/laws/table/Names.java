package dev.calandra.laws.table;

import dev.calandra.configs.DataException;
import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.stream.Stream;

/** What names in expressions stand for: columns of a table, and the variables that a map computes from them. */
final class Names {
    private final RunTable table;
    private final Map<String, String> map;
    private final Map<String, Expression> parsed = new LinkedHashMap<>();
    private final Deque<String> beingParsed = new ArrayDeque<>();

    Names(RunTable table, Map<String, String> map) {
        this.table = table;
        this.map = map;
    }

    RunTable table() {
        return table;
    }

    /** A column, or a mapped variable where no column has that name. */
    Optional<Expression> columnFirst(String name) {
        return column(name).or(() -> mapped(name));
    }

    /** A mapped variable, or a column where none has that name. */
    Optional<Expression> variableFirst(String name) {
        return mapped(name).or(() -> column(name));
    }

    /** All names, longest first, so that "loss (nats)" is found before "loss". */
    List<String> longestFirst() {
        return Stream.concat(table.columns().stream(), map.keySet().stream())
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
        return map.containsKey(name) && !map.get(name).equals(name);
    }

    /** @throws dev.calandra.configs.CalandraException if variables are defined by one another in a circle */
    private Optional<Expression> mapped(String name) {
        if (!map.containsKey(name)) {
            return Optional.empty();
        }
        Expression known = parsed.get(name);
        if (known != null) {
            return Optional.of(known);
        }
        if (beingParsed.contains(name)) {
            throw Wrong.usage("--map: %s is defined by itself: %s".formatted(name, map.get(name)));
        }
        beingParsed.push(name);
        Expression expression = ExpressionParser.parse(map.get(name), this, false);
        beingParsed.pop();
        parsed.put(name, expression);
        return Optional.of(expression);
    }

    private double number(Row row, int column) {
        String cell = row.cells()[column];
        OptionalDouble number = CellNumber.parse(cell);
        return number.orElseThrow(() -> new DataException("%s:%d: column \"%s\" holds \"%s\" where a number is needed."
                .formatted(table.source(), row.line(), table.columns().get(column), cell)));
    }
}
