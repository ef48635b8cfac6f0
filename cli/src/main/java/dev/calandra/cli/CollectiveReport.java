package dev.calandra.cli;

import dev.calandra.trainer.bench.BenchmarkResult;
import dev.calandra.trainer.bench.CollectiveFigures;
import dev.calandra.trainer.bench.LinkBenchmark;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** What ranks say to each other in a step, for people and as JSON. */
final class CollectiveReport implements Report {
    private static final double MEGA = 1e-6;
    private static final double MILLI = 1e3;

    private final List<CollectiveFigures> lines;
    private final Optional<LinkBenchmark.Cost> link;

    CollectiveReport(BenchmarkResult result) {
        lines = result.collectives();
        link = result.link();
    }

    /** One row for each purpose and kind, the longest time first, and what a message costs; nothing for a single rank. */
    @Override
    public void print(PrintWriter out) {
        if (lines.isEmpty()) {
            return;
        }
        out.println();
        out.println("Collectives of rank 0, per step");
        out.println();
        Table table = new Table("FOR", "COLLECTIVE", "WHERE", "CALLS", "MB SENT", "MS", "HIDDEN");
        for (CollectiveFigures line : lines) {
            table.add(
                    line.purpose().label(),
                    line.collective().label(),
                    line.background() ? "background" : "foreground",
                    String.format(Locale.ROOT, "%.1f", line.calls()),
                    String.format(Locale.ROOT, "%.3f", line.bytes() * MEGA),
                    String.format(Locale.ROOT, "%.2f", line.seconds() * MILLI),
                    line.background() ? String.format(Locale.ROOT, "%.0f %%", 100 * line.hidden()) : "");
        }
        table.print(out);
        link.ifPresent(cost -> {
            out.println();
            out.printf(
                    Locale.ROOT,
                    "A message between these ranks, for plan --simulate: --latency %.2e --bandwidth %.2e%n",
                    cost.latency(),
                    cost.bytesPerSecond());
        });
    }

    @Override
    public Map<String, Object> fields() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("collectives", lines.stream().map(CollectiveReport::fields).toList());
        link.ifPresent(cost -> {
            fields.put("latency", cost.latency());
            fields.put("bandwidth", cost.bytesPerSecond());
        });
        return fields;
    }

    private static Map<String, Object> fields(CollectiveFigures line) {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("for", line.purpose().label());
        fields.put("collective", line.collective().label());
        fields.put("background", line.background());
        fields.put("calls_per_step", line.calls());
        fields.put("bytes_per_step", line.bytes());
        fields.put("ms_per_step", line.seconds() * MILLI);
        fields.put("hidden_share", line.hidden());
        return fields;
    }
}
