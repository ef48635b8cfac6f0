package dev.calandra.trainer.parity;

import dev.calandra.checkpoints.SafetensorsFile;
import dev.calandra.checkpoints.TensorInfo;
import dev.calandra.configs.DataException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A file of expected values that is ticked off tensor by tensor. */
final class ExpectedValues {

    private final SafetensorsFile file;
    private final Set<String> open = new LinkedHashSet<>();
    private final List<Comparison> rows = new ArrayList<>();

    ExpectedValues(SafetensorsFile file) {
        this.file = file;
        file.tensors().forEach(tensor -> open.add(tensor.name()));
    }

    /** An input of the comparison, I32 or I64. */
    int[] ints(String name) {
        open.remove(name);
        return file.readInts(name);
    }

    boolean has(String name) {
        return file.find(name).isPresent();
    }

    /** Extents of a tensor that must have so many axes. */
    int[] shape(String name, int axes) {
        TensorInfo info = file.tensor(name);
        if (info.shape().size() != axes) {
            throw new DataException(
                    file.location() + ": " + name + " has shape " + info.shape() + "; " + axes + " axes are needed");
        }
        return info.shape().stream().mapToInt(Math::toIntExact).toArray();
    }

    /** Metadata that must be a number. */
    double number(String key) {
        String text = file.metadata().get(key);
        if (text == null) {
            throw new DataException(file.location() + ": metadata " + key + " is missing; a trajectory names its"
                    + " optimizer's settings");
        }
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new DataException(
                    file.location() + ": metadata " + key + " is '" + text + "'; it must be a number", e);
        }
    }

    /** Adds a row if the file has the tensor. */
    void compare(String name, Comparison.Measure measure, double limit, float[] actual) {
        if (open.remove(name)) {
            List<Long> shape = file.tensor(name).shape();
            rows.add(Comparison.of(name, shape, measure, limit, actual, file.readFloats(name)));
        }
    }

    /** Adds a row for all tensors whose names begin with a prefix, as one vector, if there are any. */
    void compareTogether(String prefix, double limit, Map<String, float[]> actual) {
        if (actual.isEmpty()) {
            return;
        }
        FloatBuffer ours = FloatBuffer.allocate(
                actual.values().stream().mapToInt(values -> values.length).sum());
        FloatBuffer theirs = FloatBuffer.allocate(ours.capacity());
        actual.forEach((name, values) -> {
            ours.put(values);
            theirs.put(file.readFloats(name));
        });
        List<Long> shape = List.of((long) ours.capacity());
        rows.add(Comparison.of(
                prefix + "* together", shape, Comparison.Measure.RELATIVE_L2, limit, ours.array(), theirs.array()));
    }

    /** Adds a row if the file has the tensor: choices [.., K], whose order does not matter. */
    void compareChoices(String name, double limit, int[] actual) {
        if (open.remove(name)) {
            List<Long> shape = file.tensor(name).shape();
            int topK = Math.toIntExact(shape.getLast());
            float[] expected = sorted(file.readInts(name), topK);
            rows.add(Comparison.of(name, shape, Comparison.Measure.UNEQUAL, limit, sorted(actual, topK), expected));
        }
    }

    /** Each token's choices in rising order; floats are exact up to 2^24, far beyond any number of experts. */
    private static float[] sorted(int[] choices, int topK) {
        int[] ordered = choices.clone();
        for (int from = 0; from < ordered.length; from += topK) {
            Arrays.sort(ordered, from, Math.min(ordered.length, from + topK));
        }
        float[] floats = new float[ordered.length];
        for (int i = 0; i < ordered.length; i++) {
            floats[i] = ordered[i];
        }
        return floats;
    }

    /** Names that begin with a prefix and have not been compared. */
    List<String> open(String prefix) {
        return open.stream().filter(name -> name.startsWith(prefix)).toList();
    }

    /** The rows so far and what was left over. */
    ParityReport report(List<String> unknownWeights) {
        List<String> remarks = new ArrayList<>();
        open.forEach(name -> remarks.add("not compared, no such result: " + name));
        unknownWeights.forEach(name -> remarks.add("not loaded, no such weight: " + name));
        return new ParityReport(rows, remarks);
    }
}
