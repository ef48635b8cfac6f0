package dev.calandra.cli;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Rows of text in aligned columns; the last column is not padded. */
final class Table {
    private static final String GAP = "  ";

    private final List<List<String>> rows = new ArrayList<>();

    /** @param heading one cell for each column */
    Table(String... heading) {
        rows.add(List.of(heading));
    }

    /** @throws IllegalArgumentException if the number of cells is not that of the heading */
    void add(String... cells) {
        if (cells.length != rows.getFirst().size()) {
            throw new IllegalArgumentException("%d cells in a table of %d columns"
                    .formatted(cells.length, rows.getFirst().size()));
        }
        rows.add(List.of(cells));
    }

    void print(PrintWriter out) {
        List<Integer> widths =
                new ArrayList<>(Collections.nCopies(rows.getFirst().size(), 0));
        for (List<String> row : rows) {
            for (int column = 0; column < row.size(); column++) {
                widths.set(column, Math.max(widths.get(column), row.get(column).length()));
            }
        }
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int column = 0; column < row.size() - 1; column++) {
                String cell = row.get(column);
                line.append(cell)
                        .append(" ".repeat(widths.get(column) - cell.length()))
                        .append(GAP);
            }
            out.println(line.append(row.getLast()).toString().stripTrailing());
        }
    }
}
