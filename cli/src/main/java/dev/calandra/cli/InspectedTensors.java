package dev.calandra.cli;

import dev.calandra.checkpoints.Checkpoint;
import dev.calandra.checkpoints.TensorInfo;
import dev.calandra.checkpoints.TensorReader;
import dev.calandra.trainer.exchange.TensorFigures;
import java.io.PrintWriter;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** A checkpoint as two tables: its state, and its tensors. */
final class InspectedTensors {
    private static final int WIDEST_VALUE = 72;

    private InspectedTensors() {}

    static void print(TensorReader reader, PrintWriter out) {
        out.println(reader.location());
        if (reader instanceof Checkpoint checkpoint) {
            printState(checkpoint, out);
        }
        printTensors(reader, out);
    }

    private static void printState(Checkpoint checkpoint, PrintWriter out) {
        Table table = new Table("STATE", "VALUE");
        table.add("step", Long.toString(checkpoint.step()));
        table.add("shards", Integer.toString(checkpoint.manifest().shards().size()));
        table.add("world size", Integer.toString(checkpoint.manifest().worldSize()));
        addState("", checkpoint.state(), table);
        table.print(out);
        out.println();
    }

    private static void addState(String prefix, Map<?, ?> state, Table table) {
        new TreeMap<>(state).forEach((key, value) -> {
            if (value instanceof Map<?, ?> inner) {
                addState(prefix + key + ".", inner, table);
            } else {
                table.add(prefix + key, shortened(String.valueOf(value)));
            }
        });
    }

    private static String shortened(String value) {
        String line = ErrorReport.oneLine(value);
        return line.length() <= WIDEST_VALUE ? line : line.substring(0, WIDEST_VALUE) + " ...";
    }

    private static void printTensors(TensorReader reader, PrintWriter out) {
        Table table = new Table("TENSOR", "SHAPE", "TYPE", "NORM");
        long elements = 0;
        long bytes = 0;
        for (TensorInfo tensor : reader.tensors()) {
            table.add(tensor.name(), tensor.shape().toString(), tensor.dtype().toString(), norm(reader, tensor));
            elements += tensor.elements();
            bytes += tensor.bytes();
        }
        table.print(out);
        out.printf(
                Locale.ROOT,
                "%n%,d tensors, %,d elements, %.1f MiB%n",
                reader.tensors().size(),
                elements,
                bytes / 1048576.0);
    }

    private static String norm(TensorReader reader, TensorInfo tensor) {
        if (!TensorFigures.apply(tensor.dtype())) {
            return "-";
        }
        TensorFigures figures = TensorFigures.of(reader, tensor);
        String norm = String.format(Locale.ROOT, "%.6g", figures.norm());
        return figures.notFinite() == 0 ? norm : norm + " (" + figures.notFinite() + " not finite)";
    }
}
