package dev.calandra.laws.fit;

import java.util.List;

/**
 * A table of a result, for people.
 *
 * @param title what it shows
 * @param columns heading
 * @param rows as many cells each as the heading
 */
public record ResultTable(String title, List<String> columns, List<List<String>> rows) {
    public ResultTable {
        columns = List.copyOf(columns);
        rows = List.copyOf(rows);
    }
}
