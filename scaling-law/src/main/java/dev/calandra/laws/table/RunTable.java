package dev.calandra.laws.table;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.IntStream;

/**
 * A table of text cells as it was read. Column names are matched exactly first, then without regard to case.
 *
 * @param source file that it was read from
 * @param columns names, in order; unique
 * @param rows cells in the order of the columns
 * @param sha256 of the file's bytes
 * @param commasMayBeDecimal whether nothing tells if one comma groups thousands or is a decimal point, as in a file with tabs
 */
public record RunTable(String source, List<String> columns, List<Row> rows, String sha256, boolean commasMayBeDecimal) {
    public RunTable {
        columns = List.copyOf(columns);
        rows = List.copyOf(rows);
    }

    /** Number of rows. */
    public int size() {
        return rows.size();
    }

    /** Whether there is a column of exactly this name. */
    public boolean has(String column) {
        return columns.contains(column);
    }

    /** Place of a column. */
    OptionalInt column(String name) {
        int exact = columns.indexOf(name);
        if (exact >= 0) {
            return OptionalInt.of(exact);
        }
        List<Integer> near = IntStream.range(0, columns.size())
                .filter(i -> columns.get(i).equalsIgnoreCase(name))
                .boxed()
                .toList();
        return near.size() == 1 ? OptionalInt.of(near.getFirst()) : OptionalInt.empty();
    }

    /** For messages: the columns, and those that resemble a name first. */
    String hint(String name) {
        String wanted = plain(name);
        Map<String, String> plain = new HashMap<>();
        columns.forEach(column -> plain.put(plain(column), column));
        String same = plain.get(wanted);
        String all = String.join(", ", columns);
        return (same == null ? "" : "did you mean \"" + same + "\"? ") + "The columns are " + all;
    }

    private static String plain(String name) {
        return name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]", "");
    }
}
