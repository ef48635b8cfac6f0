package dev.calandra.trainer.parity;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * The outcome of a comparison.
 *
 * @param rows one per compared tensor
 * @param remarks what a reader should know beside the rows: names that were not compared, weights without a place
 */
public record ParityReport(List<Comparison> rows, List<String> remarks) {

    private static final int LONGEST_NAME = 64;

    public ParityReport {
        rows = List.copyOf(rows);
        remarks = List.copyOf(remarks);
    }

    /** Whether something was compared, and all of it is within its limits. */
    public boolean passed() {
        return !rows.isEmpty() && rows.stream().allMatch(Comparison::ok);
    }

    /** The rows that are beyond their limits. */
    public List<Comparison> failures() {
        return rows.stream().filter(row -> !row.ok()).toList();
    }

    /** One line per tensor; a line beyond its limit ends with the place of the largest difference. */
    public String table() {
        int width = rows.stream().mapToInt(row -> row.name().length()).max().orElse(0);
        width = Math.min(LONGEST_NAME, Math.max("tensor".length(), width));
        StringBuilder table = new StringBuilder();
        line(table, width, "tensor", "shape", "max abs", "error", "limit", "");
        for (Comparison row : rows) {
            line(
                    table,
                    width,
                    row.name(),
                    row.shape().toString(),
                    number(row.maximum()),
                    number(row.error()),
                    number(row.limit()),
                    row.ok() ? "ok" : "FAILS " + row.where());
        }
        remarks.forEach(remark -> table.append(remark).append('\n'));
        return table.append(summary()).append('\n').toString();
    }

    /** One line: how many, and the tensor that comes closest to its limit or is furthest beyond it. */
    public String summary() {
        if (rows.isEmpty()) {
            return "nothing was compared: none of the expected tensors has a known name";
        }
        Comparison worst = rows.stream()
                .max(Comparator.comparingDouble(ParityReport::strain))
                .orElseThrow();
        return String.format(
                Locale.ROOT,
                "%d tensors compared, %d beyond the limit; closest to it: %s, %s %.2e of %.0e",
                rows.size(),
                failures().size(),
                worst.name(),
                worst.measure().name().toLowerCase(Locale.ROOT).replace('_', ' '),
                worst.error(),
                worst.limit());
    }

    /** Error in units of the limit; a limit of zero is either kept or infinitely exceeded, an infinite one never felt. */
    private static double strain(Comparison row) {
        if (Double.isNaN(row.error())) {
            return Double.POSITIVE_INFINITY;
        }
        return row.error() == 0 || Double.isInfinite(row.limit()) ? 0 : row.error() / row.limit();
    }

    private static String number(double value) {
        return Double.isInfinite(value) ? "-" : String.format(Locale.ROOT, "%.2e", value);
    }

    private static void line(StringBuilder table, int width, String... cells) {
        table.append(String.format(Locale.ROOT, "%-" + width + "s  %-14s %10s %10s %10s  %s", (Object[]) cells)
                .stripTrailing());
        table.append('\n');
    }
}
