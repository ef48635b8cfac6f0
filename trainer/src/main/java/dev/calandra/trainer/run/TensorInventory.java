package dev.calandra.trainer.run;

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
import java.util.TreeMap;

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

    private final List<SavedTensor> tensors = new ArrayList<>();

    public TensorInventory(LingModel model, AdamW optimizer) {
        model.parameters().forEach(parameter -> add("", parameter, parameter.value()));
        for (Buffer buffer : model.buffers()) {
            Tensor value = buffer.value();
            tensors.add(new SavedTensor(
                    buffer.name(), SavedTensor.extents(value.shape()), value.reshape(1, (int) value.size())));
        }
        for (AdamW.Moments moments : optimizer.moments()) {
            add(FIRST, moments.parameter(), moments.first());
            add(SECOND, moments.parameter(), moments.second());
        }
    }

    private void add(String prefix, Parameter parameter, Tensor fused) {
        for (Part part : parameter.parts()) {
            tensors.add(new SavedTensor(
                    prefix + part.huggingFaceName(), SavedTensor.extents(part.shape()), Parameter.rows(fused, part)));
        }
    }

    /** Memory for a copy of all tensors. */
    TensorSnapshot newSnapshot(TensorMemory memory) {
        return new TensorSnapshot(tensors, memory);
    }

    /** For {@code CheckpointStore.save}; read while it runs. */
    public List<TensorSource> sources() {
        return tensors.stream().map(SavedTensor::source).toList();
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
        for (SavedTensor tensor : tensors) {
            TensorInfo found = there.remove(tensor.name());
            if (found == null) {
                differences.add(tensor.name() + " is missing");
            } else if (!found.equals(tensor.info())) {
                differences.add(tensor.name() + " is " + found.dtype() + found.shape() + " where this model has "
                        + tensor.info().dtype() + tensor.shape());
            }
        }
        there.keySet().forEach(name -> differences.add(name + " is not of this model"));
        if (!differences.isEmpty()) {
            int shown = Math.min(NAMED_DIFFERENCES, differences.size());
            throw new CheckpointException(checkpoint.location() + ": does not fit this model: "
                    + String.join("; ", differences.subList(0, shown))
                    + (shown < differences.size() ? "; and " + (differences.size() - shown) + " more" : "")
                    + "; use the config it was trained with, or another run.directory");
        }
        tensors.forEach(tensor -> tensor.read(checkpoint));
    }
}
