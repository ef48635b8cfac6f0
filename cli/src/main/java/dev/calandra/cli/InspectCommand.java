package dev.calandra.cli;

import dev.calandra.checkpoints.Checkpoint;
import dev.calandra.checkpoints.DType;
import dev.calandra.checkpoints.TensorInfo;
import dev.calandra.checkpoints.TensorReader;
import dev.calandra.storage.StorageLocation;
import dev.calandra.storage.Storages;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints what a checkpoint holds, after checking that every byte is as it was saved. */
@Command(name = "inspect", description = "Print what a checkpoint, a run's newest checkpoint or a tensor file holds.")
final class InspectCommand implements Runnable {
    private static final int CHUNK_BYTES = 1 << 20;
    private static final int WIDEST_VALUE = 72;

    @Spec
    private CommandSpec spec;

    @Parameters(
            paramLabel = "LOCATION",
            description =
                    "A run folder, a step folder, a Hugging Face folder or a .safetensors file; local or hdfs://.")
    private String location;

    @Override
    public void run() {
        PrintWriter out = spec.commandLine().getOut();
        try (StorageLocation place = Storages.open(location);
                TensorReader reader = TensorReader.open(place.storage(), place.location())) {
            out.println(reader.location());
            if (reader instanceof Checkpoint checkpoint) {
                printState(checkpoint, out);
            }
            printTensors(reader, out);
        } catch (IOException e) {
            throw ErrorReport.unreadable(location, e);
        }
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
            String norm = tensor.dtype() == DType.F32 ? String.format(Locale.ROOT, "%.6g", norm(reader, tensor)) : "-";
            table.add(tensor.name(), tensor.shape().toString(), tensor.dtype().toString(), norm);
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

    /** Euclidean norm of a single-precision tensor, read in pieces. */
    private static double norm(TensorReader reader, TensorInfo tensor) {
        ByteBuffer chunk =
                ByteBuffer.allocate((int) Math.min(CHUNK_BYTES, tensor.bytes())).order(ByteOrder.LITTLE_ENDIAN);
        double sum = 0;
        for (long offset = 0; offset < tensor.bytes(); offset += chunk.limit()) {
            chunk.clear().limit((int) Math.min(chunk.capacity(), tensor.bytes() - offset));
            reader.read(tensor.name(), offset, chunk);
            chunk.flip();
            while (chunk.hasRemaining()) {
                double value = chunk.getFloat();
                sum += value * value;
            }
        }
        return Math.sqrt(sum);
    }
}
