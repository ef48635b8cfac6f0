package dev.calandra.cli;

import dev.calandra.trainer.bench.CheckpointRates;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/** The speed of saving and loading beside plain writes and reads. */
record CheckpointReport(CheckpointRates rates) implements Report {
    private static final double MEBI = 1 << 20;

    @Override
    public void print(PrintWriter out) {
        Table table = new Table("WHAT", "GB/S", "OF A PLAIN COPY");
        add(table, "plain copy, file to file, synced", rates.copy());
        add(table, "plain write from memory, synced", rates.plainWrite());
        add(table, "tensors written with checksums, synced", rates.write());
        add(table, "whole save: committed and read back", rates.save());
        add(table, "plain read, page cache", rates.plainRead());
        add(table, "every byte verified", rates.verify());
        add(table, "load without verifying", rates.loadUnverified());
        add(table, "load, every byte verified first", rates.load());
        table.print(out);
        out.printf(Locale.ROOT, "%.1f MiB%n", rates.bytes() / MEBI);
    }

    private void add(Table table, String what, double rate) {
        table.add(
                what,
                String.format(Locale.ROOT, "%.2f", rate),
                String.format(Locale.ROOT, "%.0f %%", 100 * rate / rates.copy()));
    }

    @Override
    public Map<String, Object> fields() {
        Map<String, Object> fields = new LinkedHashMap<>();
        fields.put("bytes", rates.bytes());
        fields.put("copy", rates.copy());
        fields.put("plain_write", rates.plainWrite());
        fields.put("write", rates.write());
        fields.put("save", rates.save());
        fields.put("plain_read", rates.plainRead());
        fields.put("verify", rates.verify());
        fields.put("load", rates.load());
        fields.put("load_unverified", rates.loadUnverified());
        return fields;
    }
}
