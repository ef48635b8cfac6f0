package dev.calandra.trainer.run;

import dev.calandra.checkpoints.RowRange;
import dev.calandra.checkpoints.TensorInfo;
import dev.calandra.checkpoints.TensorReader;
import dev.calandra.checkpoints.TensorSource;
import dev.calandra.configs.CheckpointException;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.TensorMemory;
import dev.calandra.trainer.model.Buffer;
import dev.calandra.trainer.model.LingModel;
import dev.calandra.trainer.model.Parameter;
import dev.calandra.trainer.model.Part;
import dev.calandra.trainer.optimizer.AdamW;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The tensors of a checkpoint: weights and expert biases under their Hugging Face names, AdamW's moments under {@code
 * optimizer.first_moment.} and {@code optimizer.second_moment.} before them.
 */
public final class TensorInventory {

    private static final String FIRST = "optimizer.first_moment.";
    private static final String SECOND = "optimizer.second_moment.";

    /** What the names of AdamW's moments begin with. */
    public static final List<String> MOMENTS = List.of(FIRST, SECOND);

    private static final int NAMED_DIFFERENCES = 3;

    private static final Pattern EXPERT = Pattern.compile("\\.experts\\.[0-9]+\\.");

    private final List<SavedTensor> held = new ArrayList<>();
    private final List<SavedTensor> owned = new ArrayList<>();

    /** All tensors of a process that is alone. */
    public TensorInventory(LingModel model, AdamW optimizer) {
        this(model, optimizer, true);
    }

    /**
     * What one rank holds, and of it what it owns, which is what it saves: rows whose weights it moves.
     *
     * @param first whether this is the rank that saves what all have alike
     */
    public TensorInventory(LingModel model, AdamW optimizer, boolean first) {
        for (Parameter parameter : model.parameters()) {
            RowRange all = new RowRange(0, parameter.rows());
            add(held, "", parameter, all, parameter.value());
        }
        for (Buffer buffer : model.buffers()) {
            int size = (int) buffer.value().size();
            SavedTensor bias = SavedTensor.whole(
                    buffer.name(), List.of((long) size), buffer.value().reshape(size, 1));
            held.add(bias);
            if (first) {
                owned.add(bias);
            }
        }
        for (AdamW.Moments moments : optimizer.moments()) {
            Parameter parameter = moments.parameter();
            Tensor values = parameter.rows(parameter.value(), moments.rows());
            add(owned, "", parameter, moments.rows(), values);
            for (List<SavedTensor> list : List.of(held, owned)) {
                add(list, FIRST, parameter, moments.rows(), moments.first());
                add(list, SECOND, parameter, moments.rows(), moments.second());
            }
        }
    }

    /** @param rows of the parameter that the tensor is */
    private static void add(List<SavedTensor> list, String prefix, Parameter parameter, RowRange rows, Tensor tensor) {
        Tensor matrix = tensor.reshape(Math.toIntExact(rows.rows()), parameter.columns());
        for (Part part : parameter.parts()) {
            RowRange common = new RowRange(part.fromRow(), part.toRow()).intersection(rows);
            if (!common.isEmpty()) {
                RowRange here = common.countedFrom(rows.from());
                list.add(new SavedTensor(
                        prefix + part.huggingFaceName(),
                        SavedTensor.extents(part.shape()),
                        common.from() - part.fromRow(),
                        matrix.slice(Math.toIntExact(here.from()), Math.toIntExact(here.to()))));
            }
        }
    }

    /** Memory for a copy of the owned tensors. */
    TensorSnapshot newSnapshot(TensorMemory memory) {
        return new TensorSnapshot(owned, memory);
    }

    /** For {@code CheckpointStore.save}; read while it runs. */
    public List<TensorSource> sources() {
        return owned.stream().map(SavedTensor::source).toList();
    }

    /**
     * Overwrites all tensors with a checkpoint's. Nothing is written unless names, types and shapes agree.
     *
     * @throws CheckpointException naming what differs
     */
    public void restore(TensorReader checkpoint) {
        Map<String, TensorInfo> there = new TreeMap<>();
        checkpoint.tensors().forEach(info -> there.put(info.name(), info));
        List<String> differences = new ArrayList<>();
        for (SavedTensor tensor : held) {
            TensorInfo found = there.remove(tensor.name());
            if (found == null) {
                differences.add(tensor.name() + " is missing");
            } else if (!found.equals(tensor.info())) {
                differences.add(tensor.name() + " is " + found.dtype() + found.shape() + " where this model has "
                        + tensor.info().dtype() + tensor.shape());
            }
        }
        Set<String> kinds = held.stream()
                .flatMap(tensor -> Stream.of("", FIRST, SECOND).map(prefix -> prefix + kind(tensor.name())))
                .collect(Collectors.toSet());
        there.keySet().stream()
                .filter(name -> !kinds.contains(kind(name)))
                .forEach(name -> differences.add(name + " is not of this model"));
        if (!differences.isEmpty()) {
            int shown = Math.min(NAMED_DIFFERENCES, differences.size());
            throw new CheckpointException(checkpoint.location() + ": does not fit this model: "
                    + String.join("; ", differences.subList(0, shown))
                    + (shown < differences.size() ? "; and " + (differences.size() - shown) + " more" : "")
                    + "; use the config it was trained with, or another run.directory");
        }
        held.forEach(tensor -> tensor.read(checkpoint));
    }

    /** The name without the number of the expert: of the others, some may be on other ranks. */
    private static String kind(String name) {
        return EXPERT.matcher(name).replaceFirst(".experts.*.");
    }
}
