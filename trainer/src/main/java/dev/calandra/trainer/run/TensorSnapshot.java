package dev.calandra.trainer.run;

import dev.calandra.checkpoints.TensorSource;
import dev.calandra.engine.DType;
import dev.calandra.engine.Tensor;
import dev.calandra.engine.TensorMemory;
import java.util.ArrayList;
import java.util.List;

/**
 * A copy of all tensors of a checkpoint in memory of its own, which is allocated once: as much again as weights and moments take. While it is
 * written, training overwrites the originals.
 */
final class TensorSnapshot implements AutoCloseable {

    private final List<SavedTensor> originals;
    private final List<SavedTensor> copies = new ArrayList<>();

    /** @throws OutOfMemoryError when there is not that much memory; nothing is held then */
    TensorSnapshot(List<SavedTensor> originals, TensorMemory memory) {
        this.originals = List.copyOf(originals);
        try {
            for (SavedTensor tensor : originals) {
                Tensor copy = memory.allocate(DType.F32, tensor.rowsRC().shape());
                copies.add(new SavedTensor(tensor.name(), tensor.shape(), tensor.firstRow(), copy));
            }
        } catch (OutOfMemoryError e) {
            close();
            throw e;
        }
    }

    /** Copies all tensors as they are now; nobody may be writing to them, or reading the copy. */
    void take() {
        for (int i = 0; i < copies.size(); i++) {
            copies.get(i).rowsRC().copyFrom(originals.get(i).rowsRC());
        }
    }

    /** The copy, for {@code CheckpointStore.save}. */
    List<TensorSource> sources() {
        return copies.stream().map(SavedTensor::source).toList();
    }

    @Override
    public void close() {
        copies.forEach(copy -> copy.rowsRC().close());
        copies.clear();
    }
}
